package dev.marline.foreign;

import dev.marline.testing.Eventually;
import dev.marline.testing.RawPeer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** For programs that cannot take any port: one that was free a moment ago. */
final class FreePort {
    private FreePort() {}

    static int find() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until a program listens that does not say so. */
    static void awaitTaken(int port) {
        Eventually.eventually("somebody listens at port " + port, () -> RawPeer.canConnect(port));
    }
}
