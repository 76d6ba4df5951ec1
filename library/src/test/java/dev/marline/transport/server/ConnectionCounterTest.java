package dev.marline.transport.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.Limits;
import dev.marline.transport.caller.TrustedAddresses;
import dev.marline.transport.caller.TrustedProxies;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ConnectionCounterTest {
    private static final SocketAddress A = new InetSocketAddress("192.0.2.1", 1000);
    private static final SocketAddress SAME_HOST = new InetSocketAddress("192.0.2.1", 1001);
    private static final SocketAddress B = new InetSocketAddress("2001:db8::1", 1000);
    private static final SocketAddress LOOPBACK = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1000);

    private static final TrustedProxies PROXIES =
            TrustedProxies.NONE.announcing(TrustedAddresses.parse("198.51.100.0/24"));

    private final ConnectionCounter counter =
            new ConnectionCounter(Limits.DEFAULT.withMaxConnections(6).withMaxConnectionsPerAddress(2), PROXIES);

    @Test
    void anAddressHasRoomForAsManyAsAllowedAndNotOneMore() {
        assertThat(counter.opened(A)).isTrue();
        assertThat(counter.opened(SAME_HOST)).isTrue();
        assertThat(counter.opened(A)).isFalse();
        assertThat(counter.opened(B)).isTrue();
        assertThat(counter.total()).isEqualTo(4);

        counter.closed(A); // the one that was too many
        assertThat(counter.opened(A)).isFalse();
        counter.closed(A);
        counter.closed(SAME_HOST);
        assertThat(counter.opened(A)).isTrue();
    }

    @Test
    void anIpv6AddressCountsAsItsNetwork() {
        assertThat(counter.opened(B)).isTrue();
        assertThat(counter.opened(new InetSocketAddress("2001:db8::ffff:2", 1000)))
                .isTrue();
        assertThat(counter.opened(new InetSocketAddress("2001:db8:0:0:1::1", 1000)))
                .isFalse();
        assertThat(counter.opened(new InetSocketAddress("2001:db8:0:1::1", 1000)))
                .isTrue();
    }

    @Test
    void anAddressHasAsManyStreamsAsAllowedAndNotOneMore() {
        ConnectionCounter few = new ConnectionCounter(Limits.DEFAULT.withMaxStreamsPerAddress(2), PROXIES);
        assertThat(few.streamOpened(A)).isTrue();
        assertThat(few.streamOpened(SAME_HOST)).isTrue();
        assertThat(few.streamOpened(A)).isFalse();
        assertThat(few.streamOpened(B)).isTrue();
        few.streamClosed(A); // the one that was too many
        few.streamClosed(A);
        assertThat(few.streamOpened(A)).isTrue();
        for (int i = 0; i < 5; i++) {
            assertThat(few.streamOpened(LOOPBACK)).isTrue();
        }
    }

    @Test
    void loopbackIsExemptFromTheLimitForAddressesAndNotFromThatForAll() {
        for (int i = 0; i < 6; i++) {
            assertThat(counter.opened(LOOPBACK)).isTrue();
        }

        assertThat(counter.opened(LOOPBACK)).isFalse();
        assertThat(counter.opened(B)).isFalse();
    }

    @Test
    void proxiesThatAreTrustedAreExemptAndTheirClientsCount() {
        SocketAddress proxy = new InetSocketAddress("198.51.100.7", 1000);
        for (int i = 0; i < 4; i++) {
            assertThat(counter.opened(proxy)).isTrue();
        }
        assertThat(counter.entered(A)).isTrue();
        assertThat(counter.entered(SAME_HOST)).isTrue();
        assertThat(counter.entered(A)).isFalse();
        assertThat(counter.total()).isEqualTo(4);

        counter.left(A);
        counter.left(A);
        assertThat(counter.opened(A)).isTrue();
    }

    @Test
    void aConnectionWithoutAnAddressCountsToo() {
        assertThat(counter.opened(null)).isTrue();
        assertThat(counter.total()).isEqualTo(1);
        counter.closed(null);
        assertThat(counter.total()).isZero();
    }

    @Test
    void itTellsWhenAllAreGone() {
        counter.opened(A);
        counter.opened(LOOPBACK);
        CompletableFuture<Void> none = counter.whenNone();

        counter.closed(A);
        assertThat(none).isNotDone();
        counter.closed(LOOPBACK);
        assertThat(none).isDone();
        assertThat(counter.whenNone()).isDone();
    }
}
