package dev.marline.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.TcpOptions;
import dev.marline.client.WebSocketClient;
import dev.marline.server.Listener;
import dev.marline.server.WebSocketServer;
import dev.marline.testing.RunningProgram;
import dev.marline.testing.Tools;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What the system says of Marline's sockets: ss of iproute2 asks it. */
@ExtendWith(RunningProgram.ShownOnFailure.class)
class SocketStatisticsTest {
    @TempDir
    Path folder;

    private static String ss(String... options) {
        String[] command = new String[options.length + 1];
        command[0] = Tools.find("ss");
        System.arraycopy(options, 0, command, 1, options.length);
        try (RunningProgram process = RunningProgram.start(command)) {
            return process.awaitEnd();
        }
    }

    /** Of a socket that listens, Send-Q is the backlog. */
    @Test
    void theBacklogIsWhatAListenerAsksFor() {
        Listener tcp = Listener.tcp("127.0.0.1", 0).backlog(77);
        Listener unix = Listener.unix(folder.resolve("a.sock")).backlog(78);
        try (WebSocketServer server =
                WebSocketServer.builder().listen(tcp, unix).start()) {
            assertThat(ss("--no-header", "--tcp", "--listening", "--numeric", "sport = :" + server.port()))
                    .matches("LISTEN +0 +77 .*:" + server.port() + " .*");
            assertThat(ss("--no-header", "--unix", "--listening").lines().filter(line -> line.contains(folder + "/")))
                    .singleElement()
                    .asString()
                    .matches("u_str +LISTEN +0 +78 .*");
        }
    }

    @Test
    void aSilentConnectionHasAKeepAliveTimerOnBothSides() {
        TcpOptions options = TcpOptions.DEFAULT.withKeepAlive(Duration.ofSeconds(1000), Duration.ofSeconds(10), 3);
        try (MarlineServer server =
                        MarlineServer.start(WebSocketServer.builder().tcpOptions(options));
                WebSocketClient client =
                        MarlineClient.builder().tcpOptions(options).build()) {
            MarlineClient.connect(client, Setup.PLAIN.address(server.port()));
            server.accept();
            String both = ss(
                    "--no-header",
                    "--tcp",
                    "--numeric",
                    "--options",
                    "( sport = :" + server.port() + " or dport = :" + server.port() + " )");
            assertThat(both.lines())
                    .hasSize(2)
                    .allMatch(line -> line.matches("ESTAB .*timer:\\(keepalive,16min,0\\).*"));
        }
    }
}
