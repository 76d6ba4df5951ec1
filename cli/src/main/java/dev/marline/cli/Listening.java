package dev.marline.cli;

import dev.marline.Limits;
import dev.marline.Transport;
import dev.marline.protocol.handshake.HttpVersion;
import dev.marline.server.WebSocketServer;
import dev.marline.tls.ServerTls;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What commands that listen have in common: their options, and how they start and stop. */
final class Listening {
    /** Tells {@link Marline#main} that a server is running now, in threads of its own. */
    static final int RUNNING = -1;

    private static final Duration DRAIN = Duration.ofSeconds(5);

    @Mixin
    private final ListenOptions listen = new ListenOptions();

    @Option(names = "--threads", paramLabel = "N", description = "Event loops (default: one for each processor).")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--transport",
            paramLabel = "T",
            description = "One of ${COMPLETION-CANDIDATES} (default: the best there is; " + "IO_URING by choice).")
    private Transport transport = Transport.AUTO;

    @Mixin
    private final ServerTlsOptions tls = new ServerTlsOptions();

    @Mixin
    private final HttpOption http = new HttpOption();

    @Mixin
    private final ProxyOptions proxies = new ProxyOptions();

    @Option(
            names = "--max-message-size",
            paramLabel = "BYTES",
            converter = ByteCount.class,
            description = "The largest message taken (default: ${DEFAULT-VALUE}).")
    private int maxMessageSize = Limits.DEFAULT.maxMessageBytes();

    /**
     * A builder with all of the options in it.
     *
     * @param port --port; null if it was not given
     * @param otherwise the port where nothing was said of what to listen on; null if something must be
     */
    WebSocketServer.Builder builder(@Nullable Integer port, @Nullable Integer otherwise) {
        WebSocketServer.Builder builder = WebSocketServer.builder()
                .listen(listen.listeners(port, otherwise))
                .threads(threads)
                .transport(transport)
                .limits(Limits.DEFAULT.withMaxMessageBytes(maxMessageSize));
        Optional<ServerTls> secure = tls.tls();
        Set<HttpVersion> all = EnumSet.of(HttpVersion.HTTP_1_1, HttpVersion.HTTP_2);
        if (secure.isPresent()) {
            all.add(HttpVersion.HTTP_3);
        }
        http.versions(all, false).ifPresent(builder::http);
        proxies.applyTo(builder);
        secure.ifPresent(builder::tls);
        return builder;
    }

    /** Starts the server, and closes it in good order when the process is asked to end. */
    WebSocketServer start(WebSocketServer.Builder builder, String what, String scheme) {
        WebSocketServer server = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> server.close(DRAIN), "marline-shutdown"));
        server.closed().whenComplete((nothing, failure) -> {
            if (failure != null) {
                System.err.println("marline: " + failure.getMessage());
                System.exit(1);
            }
        });
        for (String address : listen.shown(scheme, server.isSecure(), server.addresses())) {
            System.err.println(what + " on " + address);
        }
        return server;
    }
}
