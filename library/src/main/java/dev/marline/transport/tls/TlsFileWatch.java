package dev.marline.transport.tls;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Looks at the files of a server's TLS in a thread of its own, and has them read again when their contents are others. Contents, because
 * neither a time nor an event tells of all the ways in which a file comes to be another.
 */
public final class TlsFileWatch {
    private static final System.Logger LOG = System.getLogger("dev.marline");

    private final ServerTlsContext tls;
    private final Set<Path> files;
    private final Duration interval;
    private final ScheduledThreadPoolExecutor thread;

    /** Of what was last read, or could not be. */
    private byte[] seen;

    /** Remembers what is in the files; they are to be read after that. */
    TlsFileWatch(ServerTlsContext tls, Set<Path> files, Duration interval) {
        this.tls = tls;
        this.files = files;
        this.interval = interval;
        seen = digest(files);
        thread = new ScheduledThreadPoolExecutor(1, task -> {
            Thread daemon = new Thread(task, "marline-tls-watch");
            daemon.setDaemon(true);
            return daemon;
        });
    }

    void start() {
        thread.scheduleWithFixedDelay(this::look, interval.toNanos(), interval.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void look() {
        try {
            byte[] contents = digest(files);
            if (!MessageDigest.isEqual(contents, seen)) {
                seen = contents;
                tls.readAgain();
                LOG.log(
                        Level.INFO,
                        "TLS files of the server were read again: {0}",
                        tls.current().identities());
            }
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "the server goes on with the certificates it has: " + e.getMessage(), e);
        }
    }

    private static byte[] digest(Set<Path> files) {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
        for (Path file : files) {
            digest.update((byte) 0);
            try {
                digest.update(Files.readAllBytes(file));
            } catch (IOException e) {
                // Part of what is seen, too: it is said once, where it is read.
                digest.update(e.toString().getBytes(StandardCharsets.UTF_8));
            }
        }
        return digest.digest();
    }

    void close() {
        thread.shutdownNow();
    }
}
