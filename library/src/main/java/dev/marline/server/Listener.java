package dev.marline.server;

import dev.marline.protocol.handshake.WebSocketAddress;
import dev.marline.transport.listening.ListenerSettings;
import dev.marline.transport.listening.ListenerSettings.Address;
import dev.marline.transport.listening.ListenerSettings.Inherited;
import dev.marline.transport.listening.ListenerSettings.Tcp;
import dev.marline.transport.listening.ListenerSettings.Unix;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/**
 * One of the things that a server listens on: a TCP port, a Unix domain socket, or a socket that the service manager has opened. An
 * immutable value.
 *
 * <pre>{@code
 * WebSocketServer.builder()
 *         .listen(Listener.tcp(8443), Listener.unix(Path.of("/run/chat/chat.sock")).permissions("rw-rw----"))
 * }</pre>
 *
 * <p>All of a server's listeners serve the same routes under the same limits. With TLS they all speak it, but for those that are told to
 * speak {@linkplain #clearText() clear text}.
 */
public final class Listener {
    private final ListenerSettings settings;

    private Listener(Address address) {
        this(new ListenerSettings(address, false, ListenerSettings.DEFAULT_BACKLOG));
    }

    private Listener(ListenerSettings settings) {
        this.settings = settings;
    }

    /**
     * A TCP port on all addresses of the machine, IPv4 and IPv6.
     *
     * @param port 0 for any that is free
     * @throws IllegalArgumentException if the port is none
     */
    public static Listener tcp(int port) {
        return new Listener(new Tcp(null, checkedPort(port), false));
    }

    /**
     * A TCP port on all addresses of a name, or on one address. {@code 0.0.0.0} and {@code ::} mean all addresses of the machine, IPv4
     * and IPv6. An IPv6 address may stand in brackets, and may have a zone: {@code fe80::1%eth0}.
     *
     * @param port 0 for any that is free
     * @throws IllegalArgumentException if the port is none
     */
    public static Listener tcp(String host, int port) {
        return new Listener(new Tcp(host, checkedPort(port), false));
    }

    static int checkedPort(int port) {
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("port is " + port + ", expected 0 to 65535");
        }
        return port;
    }

    /**
     * A Unix domain socket. The file of a server that is gone is replaced; where another server answers, starting fails. The file is
     * removed when the server closes, if it still is this server's. Who may connect is up to the permissions of the file, by default
     * those that the process's umask leaves, and of its folder.
     *
     * @param path at most 106 bytes long, in a folder that is there
     * @throws IllegalArgumentException if the path cannot be a socket's; the message says why
     */
    public static Listener unix(Path path) {
        if (!path.getFileSystem().equals(FileSystems.getDefault()) || path.getFileName() == null) {
            throw new IllegalArgumentException("'" + path + "' is no path of a file in the system's file system");
        }
        int bytes = path.toString().getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > WebSocketAddress.MAX_SOCKET_PATH_BYTES) {
            throw new IllegalArgumentException("the path of a Unix domain socket has " + bytes
                    + " bytes, expected 1 to " + WebSocketAddress.MAX_SOCKET_PATH_BYTES + ": '" + path + "'");
        }
        return new Listener(new Unix(path, null));
    }

    /**
     * All listening sockets that the process was started with, TCP or Unix: what systemd's socket units hand over (LISTEN_FDS, see
     * sd_listen_fds(3)). That needs epoll. With {@link dev.marline.Transport#NIO} it is the one that is standard input, if that is a
     * listening TCP socket. A socket can be taken over once in the life of a process.
     */
    public static Listener inherited() {
        return new Listener(new Inherited(null));
    }

    /** Those of them that have this name: in systemd FileDescriptorName= of the socket unit, by default the unit's own name. */
    public static Listener inherited(String name) {
        return new Listener(new Inherited(name));
    }

    /** The same without TLS, on a server that has it: for a proxy on the same machine, say, that speaks TLS itself. */
    public Listener clearText() {
        return new Listener(new ListenerSettings(settings.address(), true, settings.backlog()));
    }

    /**
     * How many connections may wait to be accepted; 4,096 by default, and never more than the system allows (on Linux
     * {@code net.core.somaxconn}).
     *
     * @throws IllegalArgumentException if the number is less than 1
     * @throws IllegalStateException if the socket is inherited: whoever has opened it has set its backlog
     */
    public Listener backlog(int connections) {
        if (connections < 1) {
            throw new IllegalArgumentException("backlog is " + connections + ", expected at least 1");
        }
        if (settings.address() instanceof Inherited) {
            throw new IllegalStateException("an inherited socket has the backlog that it was opened with");
        }
        return new Listener(new ListenerSettings(settings.address(), settings.clearText(), connections));
    }

    /**
     * SO_REUSEPORT: several servers, of several processes too, may listen on the same port if all of them say so and belong to the same
     * user, and the system spreads connections over them. Starting fails where the system does not have it.
     *
     * @throws IllegalStateException if this is not a TCP port
     */
    public Listener reusePort() {
        if (!(settings.address() instanceof Tcp tcp)) {
            throw new IllegalStateException("reusePort is for TCP ports, not for " + this);
        }
        return with(new Tcp(tcp.host(), tcp.port(), true));
    }

    /**
     * The permissions of a Unix domain socket's file, {@code "rw-rw----"} say: who may write to it may connect.
     *
     * @throws IllegalArgumentException if these are no permissions
     * @throws IllegalStateException if this is not a Unix domain socket
     */
    public Listener permissions(String symbolic) {
        if (!(settings.address() instanceof Unix unix)) {
            throw new IllegalStateException("permissions are for Unix domain sockets, not for " + this);
        }
        try {
            return with(new Unix(unix.path(), PosixFilePermissions.fromString(symbolic)));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "'" + symbolic + "' are no permissions, expected something like rw-rw----", e);
        }
    }

    private Listener with(Address address) {
        return new Listener(new ListenerSettings(address, settings.clearText(), settings.backlog()));
    }

    ListenerSettings settings() {
        return settings;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Listener that && settings.equals(that.settings);
    }

    @Override
    public int hashCode() {
        return settings.hashCode();
    }

    /** Such as {@code localhost:8080}, {@code unix:/run/chat.sock} or {@code inherited}. */
    @Override
    public String toString() {
        return settings.toString();
    }
}
