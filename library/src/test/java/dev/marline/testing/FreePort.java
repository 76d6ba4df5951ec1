package dev.marline.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** For programs that cannot take any port: one that was free a moment ago. */
public final class FreePort {
    // Below the ports that systems give to whoever asks for any: nobody else gets it meanwhile.
    private static final int FIRST = 10_000;
    private static final int END = 32_000;

    private FreePort() {}

    public static int find() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, END);
            try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return free.getLocalPort();
            } catch (BindException taken) {
                // another one, then
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Waits until a program listens that does not say so. */
    public static void awaitTaken(int port) {
        Eventually.eventually("somebody listens at port " + port, () -> RawPeer.canConnect(port));
    }
}
