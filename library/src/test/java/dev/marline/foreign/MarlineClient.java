package dev.marline.foreign;

import static dev.marline.testing.RunningProgram.PATIENCE_SECONDS;

import dev.marline.client.WebSocketClient;
import dev.marline.protocol.handshake.HttpVersion;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Opens WebSockets from Marline. */
final class MarlineClient {
    private MarlineClient() {}

    static WebSocketClient.Builder builder() {
        return WebSocketClient.builder().limits(Setup.LIMITS);
    }

    static WebSocketClient.Builder builder(Setup setup) {
        WebSocketClient.Builder builder = builder().subprotocols(setup.offered().toArray(String[]::new));
        setup.headers().forEach(builder::header);
        return setup.tls() == null ? builder : builder.trust(setup.tls().certificate());
    }

    /** One for a server that speaks this version of HTTP: over TLS it finds that out, and without it has to know. */
    static WebSocketClient.Builder builder(Setup setup, HttpVersion http) {
        return setup.tls() == null ? builder(setup).http(http) : builder(setup);
    }

    /** An open WebSocket; what prevents it is thrown as it is. */
    static MarlineEnd connect(WebSocketClient client, String address) {
        MarlineEnd end = new MarlineEnd();
        try {
            client.connect(address, end).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            return end;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failed) {
                throw failed;
            }
            throw new CompletionException(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("connecting to " + address + " does not end", e);
        }
    }
}
