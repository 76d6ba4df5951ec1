package dev.marline.transport.listening;

import dev.marline.WebSocketException;
import dev.marline.protocol.handshake.WebSocketAddress;
import dev.marline.transport.loop.Causes;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The file of a Unix domain socket that a server listens on. The socket is bound to another name in the same folder and gets its own when
 * the permissions are set: so nobody gets in before, the file of a server that is gone is replaced in one step, and one that another
 * server has put in the place of ours outlives us.
 */
public final class SocketFile {
    private static final System.Logger LOG = System.getLogger("dev.marline");

    private final ListenerSettings.Unix address;
    private final Path provisional;
    private @Nullable Object key;

    private SocketFile(ListenerSettings.Unix address, Path provisional) {
        this.address = address;
        this.provisional = provisional;
    }

    /**
     * Looks whether a socket can be put there.
     *
     * @throws WebSocketException if another server listens there, or something else is in the way
     */
    static SocketFile prepare(ListenerSettings.Unix address) {
        try {
            BasicFileAttributes there =
                    Files.readAttributes(address.path(), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!there.isOther()) {
                throw new WebSocketException("cannot listen on " + address + ": something else than a socket is there");
            }
            requireNobodyListens(address);
        } catch (NoSuchFileException nobody) {
            LOG.log(Level.TRACE, "{0} is not there yet", address);
        } catch (IOException e) {
            throw new WebSocketException("cannot listen on " + address + ": " + Causes.inWords(e), e);
        }
        int random = ThreadLocalRandom.current().nextInt(1 << 30, Integer.MAX_VALUE);
        Path provisional = address.path().resolveSibling("." + Integer.toString(random, Character.MAX_RADIX));
        int excess =
                provisional.toString().getBytes(StandardCharsets.UTF_8).length - WebSocketAddress.MAX_SOCKET_PATH_BYTES;
        if (excess > 0) {
            throw new WebSocketException(
                    "cannot listen on " + address + ": the path of its folder is too long by " + excess + " bytes");
        }
        return new SocketFile(address, provisional);
    }

    private static void requireNobodyListens(ListenerSettings.Unix address) throws IOException {
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            // Where the backlog of a server that lives is full, connecting would wait.
            probe.configureBlocking(false);
            probe.connect(UnixDomainSocketAddress.of(address.path()));
            throw new WebSocketException("cannot listen on " + address + ": another server listens there");
        } catch (ConnectException refused) {
            LOG.log(Level.INFO, "{0} is of a server that is gone, and is replaced", address);
        }
    }

    /** The name to bind the socket to. */
    String provisionalPath() {
        return provisional.toString();
    }

    /** Gives the bound socket its permissions and its name. */
    void publish() throws IOException {
        try {
            if (address.permissions() != null) {
                Files.setPosixFilePermissions(provisional, address.permissions());
            }
            key = keyOf(provisional);
            Files.move(provisional, address.path(), StandardCopyOption.ATOMIC_MOVE);
        } catch (UnsupportedOperationException e) {
            Files.deleteIfExists(provisional);
            throw new IOException("this file system has no permissions like " + address.permissions(), e);
        } catch (IOException e) {
            Files.deleteIfExists(provisional);
            throw e;
        }
    }

    /** Removes the file, unless it is another server's by now. */
    void remove() {
        try {
            if (key != null && key.equals(keyOf(address.path()))) {
                Files.delete(address.path());
            }
        } catch (NoSuchFileException gone) {
            LOG.log(Level.DEBUG, "somebody has removed {0}", address);
        } catch (IOException e) {
            LOG.log(Level.WARNING, String.format(Locale.ROOT, "%s cannot be removed", address), e);
        }
    }

    /** What tells a file from others, whatever it is called; no other can have it while a socket is bound to the file. */
    private static @Nullable Object keyOf(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
    }
}
