package dev.marline.transport.listening;

import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One of the things that a server listens on.
 *
 * @param clearText without TLS, though the server may have it
 * @param backlog how many connections may wait to be accepted; not for an inherited socket, which has its own
 */
public record ListenerSettings(Address address, boolean clearText, int backlog) {
    public static final int DEFAULT_BACKLOG = 4096;

    /** Where it listens. */
    public sealed interface Address {}

    /**
     * A TCP port.
     *
     * @param host a name or an address, every address of which is listened on; null for all that the machine has
     * @param port 0 for any that is free
     * @param reusePort whether other sockets may listen on the same port
     */
    public record Tcp(@Nullable String host, int port, boolean reusePort) implements Address {
        @Override
        public String toString() {
            String name =
                    host == null ? "*" : host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host;
            return name + ":" + port;
        }
    }

    /**
     * A Unix domain socket.
     *
     * @param permissions of its file; null for what the process's umask leaves of all
     */
    public record Unix(Path path, @Nullable Set<PosixFilePermission> permissions) implements Address {
        UnixDomainSocketAddress socketAddress() {
            return UnixDomainSocketAddress.of(path);
        }

        @Override
        public String toString() {
            return "unix:" + path;
        }
    }

    /**
     * Sockets that the process was started with.
     *
     * @param name that which the service manager gave them; null for all of them
     */
    public record Inherited(@Nullable String name) implements Address {
        @Override
        public String toString() {
            return name == null ? "inherited" : "inherited:" + name;
        }
    }

    @Override
    public String toString() {
        return address + (clearText ? " in clear text" : "");
    }
}
