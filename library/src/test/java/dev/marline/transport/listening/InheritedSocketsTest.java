package dev.marline.transport.listening;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.marline.Transport;
import dev.marline.WebSocketException;
import dev.marline.server.Listener;
import dev.marline.server.WebSocketServer;
import dev.marline.transport.listening.InheritedSockets.Named;
import dev.marline.transport.listening.ListenerSettings.Inherited;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What sd_listen_fds(3) says of the environment; that sockets are taken over is for a service manager to see. */
class InheritedSocketsTest {
    private static final Inherited ALL = new Inherited(null);
    private static final long PID = 17;

    private final Map<String, String> environment =
            new HashMap<>(Map.of("LISTEN_PID", "17", "LISTEN_FDS", "3", "LISTEN_FDNAMES", "web:local:web"));

    @Test
    void theyAreCountedFromThreeOn() {
        assertThat(InheritedSockets.named(ALL, environment, PID))
                .containsExactly(new Named(3, "web"), new Named(4, "local"), new Named(5, "web"));
    }

    @Test
    void thoseOfANameAreChosen() {
        assertThat(InheritedSockets.named(new Inherited("web"), environment, PID))
                .containsExactly(new Named(3, "web"), new Named(5, "web"));
        assertThatThrownBy(() -> InheritedSockets.named(new Inherited("other"), environment, PID))
                .isInstanceOf(WebSocketException.class)
                .hasMessage("there is no inherited socket with the name 'other', only ['web', 'local', 'web']");
    }

    @Test
    void namesNeedNotBeThere() {
        environment.remove("LISTEN_FDNAMES");
        assertThat(InheritedSockets.named(ALL, environment, PID))
                .containsExactly(new Named(3, ""), new Named(4, ""), new Named(5, ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"LISTEN_PID", "LISTEN_FDS"})
    void whereNobodyHasHandedOverAnyThatIsSaid(String variable) {
        environment.remove(variable);
        assertThatThrownBy(() -> InheritedSockets.named(ALL, environment, PID))
                .isInstanceOf(WebSocketException.class)
                .hasMessageContaining("LISTEN_FDS and LISTEN_PID are not set");
    }

    @Test
    void thoseOfAnotherProcessAreNotTouched() {
        assertThatThrownBy(() -> InheritedSockets.named(ALL, environment, 18))
                .isInstanceOf(WebSocketException.class)
                .hasMessageContainingAll("LISTEN_PID is 17, but this process is 18", "exec java");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "-1", "x", "100000"})
    void aNumberThatIsNoneIsShown(String count) {
        environment.put("LISTEN_FDS", count);
        assertThatThrownBy(() -> InheritedSockets.named(ALL, environment, PID))
                .isInstanceOf(WebSocketException.class)
                .hasMessageContaining("LISTEN_FDS is '" + count + "'");
    }

    @Test
    void aServerThatHasInheritedNoneDoesNotStart() {
        assertThatThrownBy(() -> WebSocketServer.builder()
                        .listen(Listener.inherited())
                        .transport(Transport.NIO)
                        .start())
                .isInstanceOf(WebSocketException.class)
                .hasMessageContainingAll("NIO can take over standard input only", "StandardInput=socket");
        assertThatThrownBy(() -> WebSocketServer.builder()
                        .listen(Listener.inherited("web"))
                        .transport(Transport.NIO)
                        .start())
                .isInstanceOf(WebSocketException.class)
                .hasMessageStartingWith("cannot take over inherited socket 'web': ");
    }
}
