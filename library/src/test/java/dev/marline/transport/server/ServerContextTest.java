package dev.marline.transport.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.Limits;
import dev.marline.protocol.handshake.Headers;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.transport.caller.TrustedProxies;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ServerContextTest {
    private final ServerContext server = new ServerContext(
            Limits.DEFAULT,
            (request, caller) -> Reply.Page.text(404, Headers.EMPTY, "nothing is here"),
            Set.of(HttpVersion.HTTP_1_1),
            TrustedProxies.NONE,
            new ConnectionCounter(Limits.DEFAULT, TrustedProxies.NONE));

    private final AtomicInteger asked = new AtomicInteger();

    @Test
    void aConnectionIsAskedToEndWhenTheServerDrains() {
        server.add(asked::incrementAndGet);
        server.letNobodyIn();
        assertThat(asked).hasValue(0);

        server.drain();
        assertThat(asked).hasValue(1);
    }

    @Test
    void aConnectionThatWasAcceptedBeforeAndIsSetUpAfterwardsIsAskedToo() {
        server.letNobodyIn();
        server.drain();

        server.add(asked::incrementAndGet);
        assertThat(asked).hasValue(1);
    }

    @Test
    void aConnectionThatHasEndedIsNotAsked() {
        Drainable ended = asked::incrementAndGet;
        server.add(ended);
        assertThat(server.remove(ended)).isTrue();
        assertThat(server.remove(ended)).isFalse();

        server.letNobodyIn();
        server.drain();
        assertThat(asked).hasValue(0);
    }
}
