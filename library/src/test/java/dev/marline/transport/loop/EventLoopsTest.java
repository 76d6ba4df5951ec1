package dev.marline.transport.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.marline.Transport;
import dev.marline.testing.Logs;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.nio.NioIoHandler;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An event loop whose connections throw. */
class EventLoopsTest {
    private final Logs logs = Logs.capture();
    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();

    /** One that has changed, and throws when that is seen to. */
    private final class Changed implements LoopContext.Settling {
        private final String name;
        private final boolean fails;

        Changed(String name, boolean fails) {
            this.name = name;
            this.fails = fails;
        }

        @Override
        public void writeOut() {}

        @Override
        public void settle() {
            if (fails) {
                throw new OutOfMemoryError("as the test wants it");
            }
            told.add(name + " settled");
        }

        @Override
        public void onThrown(Throwable thrown) {
            told.add(name + " ended");
        }
    }

    @AfterEach
    void close() {
        logs.close();
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void whatThrowsWhileItSettlesHoldsUpNoOther(Transport transport) throws InterruptedException {
        assumeTrue(IoBackend.unavailability(transport) == null);
        EventLoopGroup loops = Channels.newLoops("settling", true, 1, IoBackend.of(transport));
        try {
            EventLoop loop = loops.next();
            loop.submit(() -> {
                        LoopContext context = LoopContext.of(loop);
                        context.unsettled(new Changed("first", false));
                        context.unsettled(new Changed("second", true));
                        context.unsettled(new Changed("third", false));
                    })
                    .syncUninterruptibly();
            assertThat(told.poll(10, TimeUnit.SECONDS)).isEqualTo("first settled");
            assertThat(told.poll(10, TimeUnit.SECONDS)).isEqualTo("second ended");
            assertThat(told.poll(10, TimeUnit.SECONDS)).isEqualTo("third settled");
        } finally {
            loops.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    /** What no guard has caught before it. */
    @Test
    void aLoopGoesOnWhateverItsSocketsThrow() {
        AtomicInteger failures = new AtomicInteger(3);
        EventLoopGroup loops = failingLoops(failures);
        try {
            EventLoop loop = loops.next();
            for (int i = 0; i < 10; i++) {
                loop.submit(() -> told.add("alive")).syncUninterruptibly();
            }
            assertThat(told).hasSize(10);
            assertThat(failures).hasNonPositiveValue();
            assertThat(logs.lines()).anyMatch(line -> line.contains("an event loop has caught"));
        } finally {
            loops.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    private static EventLoopGroup failingLoops(AtomicInteger failures) {
        return new EventLoops(
                "failing", true, 1, GuardedIo.guarding(NioIoHandler.newFactory(), io -> new GuardedIo(io) {
                    @Override
                    public int run(IoHandlerContext context) {
                        if (failures.getAndDecrement() > 0) {
                            throw new OutOfMemoryError("as the test wants it");
                        }
                        return super.run(context);
                    }
                }));
    }
}
