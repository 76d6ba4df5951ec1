package dev.marline.bench.kernels;

import dev.marline.protocol.Connection;
import dev.marline.protocol.ConnectionEvents;
import dev.marline.protocol.ConnectionLimits;
import dev.marline.protocol.FrameWriter;
import dev.marline.protocol.MaskingKeys;
import dev.marline.protocol.Opcode;
import dev.marline.protocol.Output;
import dev.marline.protocol.Role;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/**
 * What a server does with frames: a connection takes a read with a number of them, another sends each message back, and a writer
 * writes as many. Received bytes are unmasked where they lie, so that each time begins with a copy of them.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FramesBenchmark {
    private static final int KEY = 0x12345678;
    private static final long HOUR = TimeUnit.HOURS.toNanos(1);
    private static final ConnectionLimits LIMITS = new ConnectionLimits(1 << 20, 1024, 0, HOUR, HOUR);

    /** How many frames of what payload. */
    @Param({"64x32", "16x1024", "1x65536"})
    @SuppressWarnings("NullAway.Init") // set by JMH
    String frames;

    private final ThreadMemory memory = new ThreadMemory();
    private int count;
    private byte[] payload = new byte[0];
    private byte[] masked = new byte[0];
    private byte[] read = new byte[0];

    @SuppressWarnings("NullAway.Init") // set before anything is measured, as the next
    private Connection connection;

    @SuppressWarnings("NullAway.Init")
    private Connection echoing;

    @SuppressWarnings("NullAway.Init")
    private FrameWriter writer;

    @Setup
    public void connect(Blackhole blackhole) {
        int times = frames.indexOf('x');
        count = Integer.parseInt(frames.substring(0, times));
        payload = new byte[Integer.parseInt(frames.substring(times + 1))];
        masked = maskedFrames();
        read = new byte[masked.length];
        Output output = (bytes, offset, length) -> blackhole.consume(bytes);
        connection = connection(output, new Events((opcode, bytes, offset, length) -> blackhole.consume(bytes)));
        echoing = connection(
                output, new Events((opcode, bytes, offset, length) -> echoing.send(opcode, bytes, offset, length)));
        writer = new FrameWriter(Role.SERVER, MaskingKeys.NONE, memory, output);
    }

    private Connection connection(Output output, ConnectionEvents events) {
        return new Connection(Role.SERVER, LIMITS, List.of(), MaskingKeys.NONE, memory, output, events, 0);
    }

    private byte[] maskedFrames() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        FrameWriter client = new FrameWriter(Role.CLIENT, () -> KEY, memory, bytes::write);
        for (int i = 0; i < count; i++) {
            client.write(FrameWriter.FIN | Opcode.BINARY, payload, 0, payload.length);
        }
        client.flush();
        return bytes.toByteArray();
    }

    @Benchmark
    public void receive() {
        System.arraycopy(masked, 0, read, 0, masked.length);
        connection.receive(read, 0, read.length, 0);
    }

    @Benchmark
    public void echo() {
        System.arraycopy(masked, 0, read, 0, masked.length);
        echoing.receive(read, 0, read.length, 0);
        echoing.flush();
    }

    @Benchmark
    public void write() {
        for (int i = 0; i < count; i++) {
            writer.write(FrameWriter.FIN | Opcode.BINARY, payload, 0, payload.length);
        }
        writer.flush();
    }

    @FunctionalInterface
    private interface MessageConsumer {
        void onMessage(int opcode, byte[] bytes, int offset, int length);
    }

    private record Events(MessageConsumer consumer) implements ConnectionEvents {
        @Override
        public void onMessage(int opcode, byte[] bytes, int offset, int length) {
            consumer.onMessage(opcode, bytes, offset, length);
        }

        @Override
        public void onLargeMessage(ByteBuffer bytes) {
            throw new IllegalStateException("nothing is received from a buffer here");
        }

        @Override
        public void onPing(byte[] bytes, int offset, int length) {}

        @Override
        public void onPong(byte[] bytes, int offset, int length) {}

        @Override
        public void onFailed(int closeCode, String why) {
            throw new IllegalStateException(why);
        }

        @Override
        public void onClosed(int code, String reason, boolean clean) {}
    }
}
