package dev.marline.bench.load;

import dev.marline.Message;
import dev.marline.WebSocket;
import dev.marline.WebSocketListener;
import dev.marline.bench.server.Compression;
import dev.marline.bench.server.ServerSettings;
import dev.marline.client.WebSocketClient;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "slow-headers",
        description = {
            "Has many clients send a request's headers a byte a second, and begin anew when they are hung up on:",
            "whether a good client's opening handshake takes longer for that."
        })
public final class SlowHeadersCommand implements Callable<Integer> {
    private static final int PAIRS = 7;
    private static final int WARM_UP = 3000;
    private static final int HANDSHAKES = 1000;

    @Option(names = "--clients", description = "How many are slow (default: ${DEFAULT-VALUE}).")
    private int clients = 5000;

    @Override
    public Integer call() throws Exception {
        Cores.split();
        ServerSettings settings = new ServerSettings(ServerProcess.freePort(), Compression.NONE, 1 << 20, null);
        try (ServerProcess server = ServerProcess.start(Server.marline(), settings, List.of());
                WebSocketClient good = WebSocketClient.create()) {
            String address = "ws://127.0.0.1:" + server.port() + "/";
            percentile99(good, address, WARM_UP);
            double[] quiet = new double[PAIRS];
            double[] slow = new double[PAIRS];
            double[] ratios = new double[PAIRS];
            long reconnects = 0;
            for (int i = 0; i < PAIRS; i++) {
                quiet[i] = percentile99(good, address, HANDSHAKES);
                try (SlowClients others = SlowClients.start(server.port(), clients)) {
                    slow[i] = percentile99(good, address, HANDSHAKES);
                    reconnects += others.reconnects();
                }
                ratios[i] = slow[i] / quiet[i];
            }
            System.out.printf(
                    "| handshakes, p99 | among %,d slow clients, us | on a quiet server, us | ratio |%n", clients);
            System.out.println("|---|--:|--:|--:|");
            System.out.printf("| marline | %.0f | %.0f | %.2f |%n", middle(slow), middle(quiet), middle(ratios));
            System.out.printf(
                    "%nRatios: %s. Slow clients that began anew: %,d.%n", Arrays.toString(ratios), reconnects);
        }
        return 0;
    }

    /** Of so many handshakes, one after the other, the time in microseconds that 99 of 100 take at most, TCP's included. */
    private static double percentile99(WebSocketClient client, String address, int count) throws InterruptedException {
        double[] micros = new double[count];
        for (int i = 0; i < count; i++) {
            long start = System.nanoTime();
            WebSocket socket = LoadClient.await(client.connect(address, new Silent()));
            micros[i] = (System.nanoTime() - start) / 1e3;
            socket.abort();
        }
        Arrays.sort(micros);
        return micros[count * 99 / 100];
    }

    private static double middle(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static final class Silent implements WebSocketListener {
        @Override
        public void onMessage(WebSocket socket, Message message) {
            throw new LoadException("nobody was asked to say anything");
        }
    }
}
