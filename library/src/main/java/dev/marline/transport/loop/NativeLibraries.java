package dev.marline.transport.loop;

import dev.marline.Transport;
import dev.marline.WebSocketException;
import io.netty.handler.codec.quic.Quic;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The native libraries of Netty. On the module path each is in a module that no other requires: the program has to be started with them.
 */
public final class NativeLibraries {
    private static final System.Logger LOG = System.getLogger("dev.marline");
    private static final AtomicBoolean WARNED = new AtomicBoolean();

    private NativeLibraries() {}

    /**
     * Checks that QUIC can be used.
     *
     * @throws WebSocketException if not; the message says why, and what to do
     */
    public static void requireQuic() {
        if (!Quic.isAvailable()) {
            Throwable cause = Objects.requireNonNull(Quic.unavailabilityCause());
            throw new WebSocketException(
                    "HTTP/3 is not available here: " + Causes.inWords(cause) + inParentheses(List.of("codec.quic")),
                    cause);
        }
    }

    /** Says once that NIO is used in place of what this system could have. */
    static void warnOfNio() {
        String os = system().map(name -> name.substring(0, name.indexOf('.'))).orElse("");
        String better = os.equals("linux") ? "transport.epoll" : os.equals("osx") ? "transport.kqueue" : "";
        if (!better.isEmpty() && !missingModules(List.of(better)).isEmpty() && WARNED.compareAndSet(false, true)) {
            LOG.log(
                    Level.WARNING,
                    "NIO is used and there is no HTTP/3, as Netty''s native libraries are not among the modules of this program: {0}",
                    remedy(missingModules(List.of(better, "codec.quic"))));
        }
    }

    /** The remedy for a transport that is missing, in parentheses; empty where no module is. */
    static String remedy(Transport transport) {
        return inParentheses(List.of("transport." + transport.name().toLowerCase(Locale.ROOT)));
    }

    /** The remedy for BoringSSL that is missing, in parentheses; empty where no module is. */
    public static String remedyForBoringSsl() {
        return inParentheses(List.of("internal.tcnative.openssl"));
    }

    private static String inParentheses(List<String> parts) {
        List<String> missing = missingModules(parts);
        return missing.isEmpty() ? "" : " (" + remedy(missing) + ")";
    }

    private static String remedy(List<String> modules) {
        return "start Java with --add-modules " + String.join(",", modules) + ", and their jars on the module path";
    }

    /** Those modules for this system that the program was started without; empty if Marline is on the class path. */
    private static List<String> missingModules(List<String> parts) {
        ModuleLayer layer = NativeLibraries.class.getModule().getLayer();
        if (layer == null) {
            return List.of();
        }
        return parts.stream()
                .flatMap(part -> system().map(name -> "io.netty." + part + "." + name).stream())
                .filter(module -> layer.findModule(module).isEmpty())
                .toList();
    }

    /** The name that Netty's native modules end in; empty for a system that has none. */
    private static Optional<String> system() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String system = os.startsWith("linux")
                ? "linux"
                : os.startsWith("mac") ? "osx" : os.startsWith("windows") ? "windows" : "";
        String cpu = switch (System.getProperty("os.arch").toLowerCase(Locale.ROOT)) {
            case "amd64", "x86_64" -> "x86_64";
            case "aarch64", "arm64" -> "aarch_64";
            default -> "";
        };
        return system.isEmpty() || cpu.isEmpty() ? Optional.empty() : Optional.of(system + "." + cpu);
    }
}
