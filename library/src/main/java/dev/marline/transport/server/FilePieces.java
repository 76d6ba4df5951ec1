package dev.marline.transport.server;

import dev.marline.transport.loop.PeerLog;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.stream.ChunkedInput;
import java.io.EOFException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The first bytes of a file, read in pieces when the channel can take one. The file is open only while a piece is read: so a peer that
 * takes nothing holds no descriptor, on however many streams. Reading fails if the file has been replaced or has become too short since the response
 * began.
 */
final class FilePieces implements ChunkedInput<ByteBuf> {
    private static final int PIECE = 64 * 1024;

    private final Path path;
    private final long length;
    private final PeerLog log;
    private final @Nullable Object key;
    private long offset;

    /** @throws IOException if the file cannot be read, or is shorter */
    FilePieces(Path path, long length, PeerLog log) throws IOException {
        this.path = path;
        this.length = length;
        this.log = log;
        try (FileChannel opened = FileChannel.open(path, StandardOpenOption.READ)) {
            requireLength(opened.size());
        }
        this.key = key();
    }

    /** What distinguishes the file from another one of the same name; null if the file system does not tell. */
    private @Nullable Object key() throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    }

    private void requireLength(long size) throws IOException {
        if (size < length) {
            throw new EOFException(path + " has " + size + " bytes, expected " + length);
        }
    }

    @Override
    public boolean isEndOfInput() {
        return offset >= length;
    }

    @Override
    public @Nullable ByteBuf readChunk(ByteBufAllocator allocator) throws IOException {
        int size = (int) Math.min(PIECE, length - offset);
        if (size == 0) {
            return null;
        }
        ByteBuf piece = allocator.buffer(size, size);
        try {
            readInto(piece);
        } catch (IOException failed) {
            piece.release();
            log.log(Level.WARNING, "a response ends before its file does: {0}", failed.toString());
            throw failed;
        }
        offset += size;
        return piece;
    }

    private void readInto(ByteBuf piece) throws IOException {
        try (FileChannel opened = FileChannel.open(path, StandardOpenOption.READ)) {
            requireLength(opened.size());
            while (piece.isWritable()) {
                if (piece.writeBytes(opened, offset + piece.readableBytes(), piece.writableBytes()) < 0) {
                    throw new EOFException(path + " has become shorter than " + length + " bytes");
                }
            }
        }
        // After reading: what was replaced before has another key by now.
        if (!Objects.equals(key, key())) {
            throw new IOException(path + " has been replaced while it was sent");
        }
    }

    @Deprecated
    @Override
    @SuppressWarnings("InlineMeSuggester") // it is Netty that has deprecated it
    public @Nullable ByteBuf readChunk(ChannelHandlerContext context) throws IOException {
        return readChunk(context.alloc());
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public long progress() {
        return offset;
    }

    @Override
    public void close() {}
}
