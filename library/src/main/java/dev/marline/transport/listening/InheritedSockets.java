package dev.marline.transport.listening;

import dev.marline.Transport;
import dev.marline.WebSocketException;
import dev.marline.transport.loop.Causes;
import dev.marline.transport.loop.Channels;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Listening sockets that the process was started with: systemd's protocol, sd_listen_fds(3), in which environment variables say how many
 * there are from file descriptor 3 on; or one that is standard input.
 */
public final class InheritedSockets {
    /** SD_LISTEN_FDS_START. */
    private static final int FIRST = 3;

    // What Linux calls these, on the processors that Netty has an epoll transport for.
    private static final int SOL_SOCKET = 1;
    private static final int SO_TYPE = 3;
    private static final int SO_ACCEPTCONN = 30;
    private static final int SO_DOMAIN = 39;
    private static final int AF_UNIX = 1;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int SOCK_STREAM = 1;

    private static final int STANDARD_INPUT = 0;

    /** Those that a server has taken over. Its end closes them, and the number may be another file's then. */
    private static final Set<Integer> TAKEN = ConcurrentHashMap.newKeySet();

    /** A file descriptor, and the name that the service manager has given it. */
    record Named(int descriptor, String name) {}

    /** A socket that was taken over, with the address that it is bound to. */
    record Taken(ServerChannel channel, SocketAddress address) {}

    private InheritedSockets() {}

    /**
     * Takes over the sockets of this name, or all.
     *
     * @throws WebSocketException if there are none, or one cannot be taken over; the message says why
     */
    static List<Taken> take(ListenerSettings.Inherited wanted, Transport transport) {
        return switch (transport) {
            case EPOLL -> {
                List<Taken> all = new ArrayList<>();
                for (Named each :
                        named(wanted, System.getenv(), ProcessHandle.current().pid())) {
                    all.add(takeWithEpoll(each));
                }
                yield all;
            }
            case NIO -> List.of(takeStandardInput(wanted));
            case KQUEUE, IO_URING, AUTO ->
                throw new WebSocketException("cannot take over inherited sockets with transport " + transport
                        + ", only with EPOLL and, if it is standard input, NIO");
        };
    }

    /** What the environment says that was handed to this process. */
    static List<Named> named(ListenerSettings.Inherited wanted, Map<String, String> environment, long pid) {
        String count = environment.get("LISTEN_FDS");
        String receiver = environment.get("LISTEN_PID");
        if (count == null || receiver == null) {
            throw new WebSocketException("there are no inherited sockets: LISTEN_FDS and LISTEN_PID are not set, "
                    + "as a service manager does (systemd: with a .socket unit)");
        }
        if (!receiver.equals(String.valueOf(pid))) {
            throw new WebSocketException("there are no inherited sockets: LISTEN_PID is " + receiver
                    + ", but this process is " + pid
                    + ": the service manager has started another one, which has to exec java");
        }
        if (!count.matches("[1-9][0-9]{0,4}")) {
            throw new WebSocketException("there are no inherited sockets: LISTEN_FDS is '" + count + "'");
        }
        String[] names = environment.getOrDefault("LISTEN_FDNAMES", "").split(":", -1);
        List<Named> all = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(count); i++) {
            all.add(new Named(FIRST + i, i < names.length ? names[i] : ""));
        }
        List<Named> chosen = all.stream()
                .filter(each -> wanted.name() == null || wanted.name().equals(each.name))
                .toList();
        if (chosen.isEmpty()) {
            throw new WebSocketException("there is no inherited socket with the name '" + wanted.name() + "', only "
                    + all.stream().map(each -> "'" + each.name + "'").toList());
        }
        return chosen;
    }

    private static Taken takeWithEpoll(Named inherited) {
        int descriptor = inherited.descriptor;
        if (!TAKEN.add(descriptor)) {
            throw new WebSocketException("inherited socket " + descriptor + " was taken over before in this process");
        }
        try {
            Socket socket = new Socket(descriptor);
            int domain = socket.getIntOpt(SOL_SOCKET, SO_DOMAIN);
            if (domain != AF_UNIX && domain != AF_INET && domain != AF_INET6) {
                throw new WebSocketException(
                        "inherited socket " + descriptor + " is neither TCP's nor a Unix domain socket");
            }
            if (socket.getIntOpt(SOL_SOCKET, SO_TYPE) != SOCK_STREAM
                    || socket.getIntOpt(SOL_SOCKET, SO_ACCEPTCONN) == 0) {
                throw new WebSocketException("inherited socket " + descriptor
                        + " is not one that listens for connections (systemd: ListenStream= and Accept=no)");
            }
            SocketAddress address =
                    domain == AF_UNIX ? Channels.address(socket.localDomainSocketAddress()) : socket.localAddress();
            int ours = nonBlocking(descriptor);
            socket.close();
            return new Taken(
                    domain == AF_UNIX
                            ? new EpollServerDomainSocketChannel(ours, true)
                            : new EpollServerSocketChannel(ours),
                    address);
        } catch (IOException e) {
            throw new WebSocketException(
                    "cannot take over inherited socket " + descriptor + ": " + Causes.inWords(e), e);
        }
    }

    /**
     * A copy of a file descriptor, which like the original does not block any more. The service manager's sockets block unless it was told
     * otherwise, and where another process has the socket, too, and is faster, an event loop would wait in accept. Java has no fcntl; but
     * what Netty receives over a Unix domain socket, it makes non-blocking.
     */
    private static int nonBlocking(int descriptor) throws IOException {
        Path folder = Files.createTempDirectory("marline");
        Path file = folder.resolve("socket");
        Socket listening = Socket.newSocketDomain();
        Socket sender = Socket.newSocketDomain();
        try {
            listening.bind(new DomainSocketAddress(file.toString()));
            listening.listen(1);
            sender.connect(new DomainSocketAddress(file.toString()));
            Socket receiver = new Socket(listening.accept(new byte[128]));
            try {
                sender.sendFd(descriptor);
                return receiver.recvFd();
            } finally {
                receiver.close();
            }
        } finally {
            sender.close();
            listening.close();
            Files.deleteIfExists(file);
            Files.delete(folder);
        }
    }

    private static Taken takeStandardInput(ListenerSettings.Inherited wanted) {
        String needed = "transport NIO can take over standard input only (systemd: StandardInput=socket), if that is "
                + "a listening TCP socket";
        try {
            if (wanted.name() == null
                    && System.inheritedChannel() instanceof ServerSocketChannel channel
                    && channel.getLocalAddress() instanceof InetSocketAddress address) {
                if (!TAKEN.add(STANDARD_INPUT)) {
                    throw new WebSocketException("standard input was taken over before in this process");
                }
                return new Taken(new NioServerSocketChannel(channel), address);
            }
        } catch (IOException e) {
            throw new WebSocketException("cannot take over an inherited socket: " + Causes.inWords(e), e);
        }
        throw new WebSocketException("cannot take over " + name(wanted.name()) + ": " + needed);
    }

    private static String name(@Nullable String name) {
        return name == null ? "an inherited socket" : "inherited socket '" + name + "'";
    }
}
