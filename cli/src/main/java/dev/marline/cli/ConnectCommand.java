package dev.marline.cli;

import dev.marline.BlockingWebSocket;
import dev.marline.CloseReason;
import dev.marline.ConnectionClosedException;
import dev.marline.Limits;
import dev.marline.Message;
import dev.marline.WebSocket;
import dev.marline.WebSocketException;
import dev.marline.WebSocketListener;
import dev.marline.client.WebSocketClient;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.protocol.handshake.WebSocketAddress;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "connect",
        description = {
            "Talks to a WebSocket: each line of input is sent as a text message, each message is printed as a line.",
            "Exits with 0 after a normal close (1000, 1001 or a Close without a code), otherwise with 1."
        })
final class ConnectCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "URL",
            arity = "1..*",
            description =
                    "ws://host:port/path, or wss:// for TLS; ws+unix:///path/of.socket:/path for a Unix domain socket; "
                            + "several with --echo.")
    private List<String> urls = List.of();

    @Option(names = "--header", paramLabel = "NAME:VALUE", description = "Send this header in the opening handshake.")
    private List<String> headers = List.of();

    @Option(names = "--subprotocol", paramLabel = "NAME", description = "Offer this subprotocol; the preferred first.")
    private List<String> subprotocols = List.of();

    @Option(names = "--origin", paramLabel = "ORIGIN", description = "Say that a page of this origin connects.")
    private @Nullable String origin;

    @Mixin
    private final ClientTlsOptions tls = new ClientTlsOptions();

    @Mixin
    private final OutboundOptions outbound = new OutboundOptions();

    @Mixin
    private final HttpOption http = new HttpOption();

    @Mixin
    private final DeflateOptions deflate = new DeflateOptions();

    @Option(
            names = "--max-message-size",
            paramLabel = "BYTES",
            converter = ByteCount.class,
            description = "The largest message taken (default: ${DEFAULT-VALUE}).")
    private int maxMessageSize = Limits.DEFAULT.maxMessageBytes();

    @Option(names = "--echo", description = "Send back what is received, on each URL in turn, until that one closes.")
    private boolean echo;

    @Option(
            names = "--wait",
            paramLabel = "SECONDS",
            description =
                    "At the end of input, wait so long for more messages before closing (default: ${DEFAULT-VALUE}).")
    private int waitSeconds;

    @Override
    public Integer call() throws IOException {
        if (urls.size() > 1 && !echo) {
            throw new IllegalArgumentException("several URLs go with --echo only");
        }
        if (waitSeconds < 0) {
            throw new IllegalArgumentException("--wait is " + waitSeconds + ", expected at least 0");
        }
        if (waitSeconds > 0 && echo) {
            throw new IllegalArgumentException("--wait does not go together with --echo, which reads no input");
        }
        urls.forEach(ConnectCommand::requireAddress);
        try (WebSocketClient client = client()) {
            return echo ? echo(client) : talk(client, urls.get(0));
        }
    }

    /** @throws IllegalArgumentException if the URL is no address; the message names the one that was probably meant */
    private static void requireAddress(String url) {
        try {
            WebSocketAddress.parse(url);
        } catch (IllegalArgumentException e) {
            throw url.contains("://")
                    ? e
                    : completed(url)
                            .map(meant -> new IllegalArgumentException(
                                    e.getMessage() + "; did you mean " + meant + " or wss://...?", e))
                            .orElse(e);
        }
    }

    /** Returns the address with {@code ws://} added, and a path if it has none; empty if the result is still not an address. */
    private static Optional<String> completed(String url) {
        String address = "ws://" + url + (url.contains("/") ? "" : "/");
        try {
            WebSocketAddress.parse(address);
            return Optional.of(address);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private WebSocketClient client() {
        WebSocketClient.Builder builder = WebSocketClient.builder()
                .limits(Limits.DEFAULT.withMaxMessageBytes(maxMessageSize))
                .subprotocols(subprotocols.toArray(String[]::new))
                .extensions(deflate.extensions())
                // An echo leaves a peer that is slow to read waiting.
                .pauseReadingWhenCongested(echo)
                .tls(tls.tls());
        http.versions(EnumSet.of(HttpVersion.HTTP_1_1, HttpVersion.HTTP_2), true)
                .ifPresent(builder::http);
        for (String header : headers) {
            int colon = header.indexOf(':');
            if (colon < 1) {
                throw new IllegalArgumentException("--header '" + header + "' is not one, expected 'Name: value'");
            }
            builder.header(
                    header.substring(0, colon), header.substring(colon + 1).strip());
        }
        if (origin != null) {
            builder.header("Origin", origin);
        }
        outbound.applyTo(builder, urls);
        return builder.build();
    }

    // ---- talking

    private int talk(WebSocketClient client, String url) throws IOException {
        BlockingWebSocket socket = client.connectBlocking(url);
        try (TerminalLines lines = TerminalLines.open()) {
            Marline.note("connected to " + url
                    + socket.unblocked()
                            .subprotocol()
                            .map(name -> ", subprotocol " + name)
                            .orElse("")
                    + socket.unblocked()
                            .handshake()
                            .response()
                            .first("Sec-WebSocket-Extensions")
                            .map(extensions -> ", " + extensions)
                            .orElse(""));
            Thread input = new Thread(() -> sendLines(lines, socket), "marline-input");
            // It may wait for a line for ever; the end of the connection ends the command all the same.
            input.setDaemon(true);
            input.start();
            while (true) {
                lines.print(socket.receive());
            }
        } catch (ConnectionClosedException closed) {
            CloseReason reason = closed.received();
            String why = closed.getCause() == null ? null : closed.getCause().getMessage();
            Marline.note("closed: " + reason + (why == null ? "" : " (" + why + ")"));
            return reason.isNormal() ? 0 : 1;
        }
    }

    private void sendLines(TerminalLines lines, BlockingWebSocket socket) {
        try {
            for (String line = lines.read(); line != null; line = lines.read()) {
                socket.send(line);
            }
            TimeUnit.SECONDS.sleep(waitSeconds);
            socket.unblocked().close();
        } catch (ConnectionClosedException closed) {
            // The other thread has seen it too, and says so.
        } catch (InterruptedException e) {
            socket.unblocked().close();
        } catch (IOException | WebSocketException | IllegalArgumentException e) {
            Marline.note("marline: cannot send: " + e.getMessage());
            socket.unblocked().close();
        }
    }

    // ---- echoing

    private int echo(WebSocketClient client) {
        int code = 0;
        for (String url : urls) {
            try {
                Echo listener = new Echo();
                client.connect(url, listener).join();
                CloseReason reason = listener.closed.join();
                Marline.note(url + " closed: " + reason);
                code = reason.isNormal() ? code : 1;
            } catch (CompletionException | IllegalArgumentException e) {
                Throwable cause = e.getCause() instanceof WebSocketException failed ? failed : e;
                Marline.note("marline: " + cause.getMessage());
                code = 1;
            }
        }
        return code;
    }

    private static final class Echo implements WebSocketListener {
        private final CompletableFuture<CloseReason> closed = new CompletableFuture<>();

        @Override
        public void onMessage(WebSocket socket, Message message) {
            socket.send(message);
        }

        @Override
        public void onError(WebSocket socket, Throwable cause) {
            Marline.note("marline: " + cause.getMessage());
        }

        @Override
        public void onClose(WebSocket socket, CloseReason reason) {
            closed.complete(reason);
        }
    }
}
