package dev.marline.transport.listening;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.marline.TcpOptions;
import dev.marline.Transport;
import dev.marline.WebSocketException;
import dev.marline.testing.FreePort;
import dev.marline.testing.RawPeer;
import dev.marline.transport.listening.ListenerSettings.Tcp;
import dev.marline.transport.loop.Channels;
import dev.marline.transport.loop.IoBackend;
import dev.marline.transport.loop.TcpChannelOptions;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A host with several addresses, not all of which the machine has: such as localhost in a container without IPv6. */
class ServerListenerTest {
    private static final byte[] LOOPBACK = {127, 0, 0, 1};

    /** Of the ranges for documentation, RFC 5737 and RFC 3849. */
    private static final String ABSENT_V4 = "192.0.2.1";

    private static final String ABSENT_V6 = "2001:db8::1";

    private final List<EventLoopGroup> groups = new ArrayList<>();
    private final List<ServerListener> listeners = new ArrayList<>();

    @AfterEach
    void close() {
        listeners.forEach(ServerListener::close);
        groups.forEach(group -> group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly());
    }

    private static final class Ignoring extends ChannelInboundHandlerAdapter {
        @Override
        public boolean isSharable() {
            return true;
        }
    }

    /** Listens for TCP. */
    private ServerListener listen(Transport transport, int port, String... addresses) {
        IoBackend backend = IoBackend.of(transport);
        ServerListener listener = listener(backend, port, addresses);
        listener.listen(new Ignoring(), new TcpChannelOptions(TcpOptions.DEFAULT, backend));
        return listener;
    }

    private ServerListener listener(IoBackend backend, int port, String... addresses) {
        EventLoopGroup loops = Channels.newLoops("listener-test", true, 1, backend);
        groups.add(loops);
        ListenerSettings settings = new ListenerSettings(new Tcp("host.test", port, false), false, 16);
        ServerListener listener = new ServerListener(settings, loops, backend, host -> List.of(parse(addresses)));
        listeners.add(listener);
        return listener;
    }

    private static InetAddress[] parse(String... addresses) throws UnknownHostException {
        InetAddress[] all = new InetAddress[addresses.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = InetAddress.getByName(addresses[i]);
        }
        return all;
    }

    private static int port(SocketAddress address) {
        return ((InetSocketAddress) address).getPort();
    }

    @ParameterizedTest
    @MethodSource("dev.marline.server.UnixSocketTest#available")
    void anAddressThatTheMachineDoesNotHaveIsLeftOut(Transport transport) {
        for (String[] addresses :
                new String[][] {{"127.0.0.1", ABSENT_V6}, {ABSENT_V6, "127.0.0.1"}, {ABSENT_V4, "127.0.0.1", ABSENT_V6}
                }) {
            for (int port : new int[] {FreePort.find(), 0}) {
                ServerListener listener = listen(transport, port, addresses);

                assertThat(listener.addresses()).hasSize(1);
                int bound = port(listener.addresses().get(0));
                assertThat(bound).isPositive();
                assertThat(port == 0 || port == bound).isTrue();
                assertThat(RawPeer.canConnect(bound)).isTrue();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.marline.server.UnixSocketTest#available")
    void aHostWithoutAnAddressOfTheMachineIsAnError(Transport transport) {
        for (int port : new int[] {FreePort.find(), 0}) {
            assertThatThrownBy(() -> listen(transport, port, ABSENT_V4, ABSENT_V6))
                    .isInstanceOf(WebSocketException.class)
                    .hasMessageStartingWith("cannot listen on host.test:" + port + ": ");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.marline.server.UnixSocketTest#available")
    void aPortThatIsInUseOnOneAddressIsAnError(Transport transport) throws IOException {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.2"))) {
            int port = other.getLocalPort();
            for (String[] addresses : new String[][] {
                {"127.0.0.2", "127.0.0.1"}, {"127.0.0.1", "127.0.0.2"}, {ABSENT_V6, "127.0.0.2", "127.0.0.1"}
            }) {
                assertThatThrownBy(() -> listen(transport, port, addresses))
                        .isInstanceOf(WebSocketException.class)
                        .hasMessageContaining("in use");
                listeners.forEach(ServerListener::close);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.marline.server.UnixSocketTest#available")
    void http3LeavesOutTheSameAddresses(Transport transport) throws UnknownHostException {
        IoBackend backend = IoBackend.of(transport);
        for (String[] addresses : new String[][] {{"127.0.0.1", ABSENT_V6}, {ABSENT_V6, "127.0.0.1"}}) {
            for (int port : new int[] {FreePort.find(), 0}) {
                ServerListener alone = listener(backend, port, addresses);
                alone.listenForHttp3(new Ignoring());

                assertThat(alone.addresses()).hasSize(1);
                assertThat(isInUseByUdp(port(alone.addresses().get(0)))).isTrue();
            }
            ServerListener beside = listen(transport, 0, addresses);
            beside.listenForHttp3(new Ignoring());
            assertThat(beside.addresses()).hasSize(1);
            assertThat(isInUseByUdp(port(beside.addresses().get(0)))).isTrue();
        }
        ServerListener none = listener(backend, 0, ABSENT_V6);
        assertThatThrownBy(() -> none.listenForHttp3(new Ignoring()))
                .isInstanceOf(WebSocketException.class)
                .hasMessageStartingWith("cannot listen on host.test:0 over UDP: ");
    }

    private static boolean isInUseByUdp(int port) throws UnknownHostException {
        try (DatagramSocket socket =
                new DatagramSocket(new InetSocketAddress(InetAddress.getByAddress(LOOPBACK), port))) {
            return !socket.isBound();
        } catch (SocketException inUse) {
            return true;
        }
    }

    @Test
    void aPortThatIsInUseByUdpIsAnError() throws IOException {
        try (DatagramSocket other = new DatagramSocket(new InetSocketAddress(InetAddress.getByAddress(LOOPBACK), 0))) {
            ServerListener listener =
                    listener(IoBackend.of(Transport.NIO), other.getLocalPort(), ABSENT_V6, "127.0.0.1");
            assertThatThrownBy(() -> listener.listenForHttp3(new Ignoring()))
                    .isInstanceOf(WebSocketException.class)
                    .hasMessageContaining("in use");
        }
    }
}
