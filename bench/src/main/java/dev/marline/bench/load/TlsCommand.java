package dev.marline.bench.load;

import dev.marline.bench.server.Compression;
import dev.marline.bench.server.MarlineServer;
import dev.marline.bench.server.ServerSettings;
import dev.marline.tls.TlsProvider;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "tls",
        description = {
            "TLS handshakes of a Marline server, whole ones, that has BoringSSL or the JDK do them: how many it makes in a second of its",
            "CPU time. Both servers run side by side, and are measured in turn."
        })
public final class TlsCommand implements Callable<Integer> {
    private static final int MAX_MESSAGE = 8 * 1024;

    /** How many handshakes are under way at a time. */
    private static final int CONCURRENT = 32;

    @Option(names = "--rounds", description = "How often each is measured (default: ${DEFAULT-VALUE}).")
    private int rounds = 7;

    @Option(names = "--seconds", description = "How long each time (default: ${DEFAULT-VALUE}).")
    private int seconds = 4;

    @Option(names = "--warm-up", description = "Seconds before the first (default: ${DEFAULT-VALUE}).")
    private int warmUp = 10;

    @Override
    public Integer call() throws Exception {
        if (!Cores.split()) {
            System.err.println("Server and load share the cores here: taskset is missing, or a second core.");
        }
        System.out.println("| key | TLS | BoringSSL, handshakes a CPU second | JDK | ratio |");
        System.out.println("|---|---|--:|--:|--:|");
        for (Key key : Key.values()) {
            Path keyStore = SelfSignedCertificate.create(key.keytool);
            for (String version : List.of("TLSv1.3", "TLSv1.2")) {
                measure(key, keyStore, version);
            }
        }
        return 0;
    }

    /** What certificates have most. */
    private enum Key {
        P_256("-keyalg EC -groupname secp256r1"),
        RSA_2048("-keyalg RSA -keysize 2048");

        private final String keytool;

        Key(String keytool) {
            this.keytool = keytool;
        }
    }

    private void measure(Key key, Path keyStore, String version) throws Exception {
        try (ServerProcess boringSsl = start(TlsProvider.BORINGSSL, keyStore);
                ServerProcess jdk = start(TlsProvider.JDK, keyStore)) {
            perCpuSecond(boringSsl, version, warmUp);
            perCpuSecond(jdk, version, warmUp);
            double[] ofBoringSsl = new double[rounds];
            double[] ofJdk = new double[rounds];
            double[] ratios = new double[rounds];
            for (int i = 0; i < rounds; i++) {
                ofBoringSsl[i] = perCpuSecond(boringSsl, version, seconds);
                ofJdk[i] = perCpuSecond(jdk, version, seconds);
                ratios[i] = ofBoringSsl[i] / ofJdk[i];
            }
            System.out.printf(
                    "| %s | %s | %,.0f | %,.0f | %.2f |%n",
                    key.name().replace('_', ' '),
                    version.substring("TLSv".length()),
                    median(ofBoringSsl),
                    median(ofJdk),
                    median(ratios));
        }
    }

    private static ServerProcess start(TlsProvider provider, Path keyStore) throws Exception {
        ServerSettings settings = new ServerSettings(ServerProcess.freePort(), Compression.NONE, MAX_MESSAGE, keyStore);
        return ServerProcess.start(
                Server.marline(), settings, List.of("-D" + MarlineServer.TLS_PROVIDER + "=" + provider));
    }

    private static double perCpuSecond(ServerProcess server, String version, int seconds) throws Exception {
        try (HandshakeLoad load = new HandshakeLoad(server.port(), version, CONCURRENT)) {
            long cpu = server.cpuNanos();
            long before = load.completed();
            TimeUnit.SECONDS.sleep(seconds);
            long made = load.completed() - before;
            double used = (server.cpuNanos() - cpu) / 1e9;
            load.requireNoFailure();
            return made / used;
        }
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
