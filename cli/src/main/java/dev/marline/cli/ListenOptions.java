package dev.marline.cli;

import dev.marline.server.Listener;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What commands listen on. */
final class ListenOptions {
    private static final String LOCALHOST = "localhost";
    private static final Pattern HOST_AND_PORT = Pattern.compile("(?<host>\\[[^\\]]+]|[^:]*):(?<port>[0-9]{1,5})");

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec command;

    @Option(
            names = "--host",
            paramLabel = "HOST",
            description =
                    "Listen on this name or address (default: " + LOCALHOST + "; 0.0.0.0 for all of the machine's).")
    private @Nullable String host;

    @Option(
            names = "--listen",
            paramLabel = "ADDRESS",
            description =
                    "Instead of --host and --port: listen on HOST:PORT (*:PORT on all addresses), unix:PATH, or inherited, "
                            + "the sockets that a service manager hands over (inherited:NAME, those of this name). "
                            + "Several times for several.")
    private List<String> addresses = List.of();

    @Option(names = "--reuse-port", description = "Share TCP ports with others that say so, too (SO_REUSEPORT).")
    private boolean reusePort;

    @Option(
            names = "--permissions",
            paramLabel = "MODE",
            description = "Who may connect to Unix domain sockets: rw-rw----, say (default: what the umask leaves).")
    private @Nullable String permissions;

    /**
     * What was chosen.
     *
     * @param port --port; null if it was not given
     * @param otherwise the port where nothing was said; null if something must be
     */
    Listener[] listeners(@Nullable Integer port, @Nullable Integer otherwise) {
        Integer number = port == null ? otherwise : port;
        if (!addresses.isEmpty()) {
            if (port != null || host != null) {
                throw new IllegalArgumentException("--listen does not go together with --host and --port: "
                        + "give --listen several times instead");
            }
            return addresses.stream().map(this::listener).toArray(Listener[]::new);
        }
        if (number == null) {
            throw new ParameterException(
                    command.commandLine(), "Missing required option: '--port=PORT', or '--listen=ADDRESS'");
        }
        return new Listener[] {refined(Listener.tcp(host == null ? LOCALHOST : host, number))};
    }

    private Listener listener(String address) {
        if (address.startsWith("unix:")) {
            return refined(Listener.unix(Path.of(address.substring("unix:".length()))));
        }
        if (address.equals("inherited")) {
            return Listener.inherited();
        }
        if (address.startsWith("inherited:")) {
            return Listener.inherited(address.substring("inherited:".length()));
        }
        Matcher parts = HOST_AND_PORT.matcher(address);
        if (!parts.matches()) {
            throw new IllegalArgumentException(
                    "--listen '" + address + "' is no address, expected HOST:PORT, unix:PATH or inherited");
        }
        int port = Integer.parseInt(parts.group("port"));
        String name = parts.group("host");
        return refined(name.isEmpty() || name.equals("*") ? Listener.tcp(port) : Listener.tcp(name, port));
    }

    private Listener refined(Listener plain) {
        boolean unix = plain.toString().startsWith("unix:");
        if (unix) {
            return permissions == null ? plain : plain.permissions(permissions);
        }
        return reusePort ? plain.reusePort() : plain;
    }

    /**
     * The addresses that are listened on, as a client calls them.
     *
     * @param scheme of those of TCP
     * @param all what the server says
     */
    List<String> shown(String scheme, boolean secure, List<SocketAddress> all) {
        String s = secure ? "s" : "";
        if (addresses.isEmpty() && all.get(0) instanceof InetSocketAddress tcp) {
            return List.of(scheme + s + "://" + (host == null ? LOCALHOST : host) + ":" + tcp.getPort() + "/");
        }
        return all.stream()
                .map(address -> address instanceof UnixDomainSocketAddress unix
                        ? "ws" + s + "+unix://" + unix.getPath().toAbsolutePath() + ":/"
                        : scheme + s + "://" + shown((InetSocketAddress) address) + "/")
                .toList();
    }

    private static String shown(InetSocketAddress address) {
        String literal = address.getAddress().getHostAddress();
        String name = address.getAddress().isAnyLocalAddress()
                ? "*"
                : address.getAddress() instanceof Inet6Address ? "[" + literal + "]" : literal;
        return name + ":" + address.getPort();
    }
}
