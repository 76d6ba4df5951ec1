package dev.marline.transport.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.Transport;
import dev.marline.testing.Logs;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Deadlines whose handling throws, and an event loop that has no memory for a timer. */
class DeadlineWheelTest {
    private final Logs logs = Logs.capture();
    private final BlockingQueue<String> called = new LinkedBlockingQueue<>();

    /** A handler that throws as often as it is told to, from both of its methods. */
    private final class Failing extends DeadlineWheel.Timed {
        private final String name;
        private int failures;
        private int failuresToEnd;

        Failing(String name, int failures, int failuresToEnd) {
            this.name = name;
            this.failures = failures;
            this.failuresToEnd = failuresToEnd;
        }

        @Override
        public void onDeadline(long now) {
            if (failures-- > 0) {
                throw new OutOfMemoryError("as the test wants it");
            }
            called.add(name + " called");
        }

        @Override
        public void onThrown(Throwable thrown) {
            if (failuresToEnd-- > 0) {
                throw new OutOfMemoryError("as the test wants it, again");
            }
            called.add(name + " ended");
        }
    }

    @AfterEach
    void close() {
        logs.close();
    }

    private String next() throws InterruptedException {
        return called.poll(10, TimeUnit.SECONDS);
    }

    @Test
    void aDeadlineThatThrowsHoldsUpNoOther() throws InterruptedException {
        EventLoopGroup loops = Channels.newLoops("deadlines", true, 1, IoBackend.of(Transport.NIO));
        try {
            EventLoop loop = loops.next();
            loop.submit(() -> {
                        DeadlineWheel wheel = LoopContext.of(loop).deadlines;
                        long now = LoopContext.nanoTime();
                        for (int i = 0; i < 200; i++) {
                            wheel.set(new Failing("bad", 1, 0), now);
                        }
                        wheel.set(new Failing("good", 0, 0), now);
                        wheel.set(new Failing("later", 0, 0), now + TimeUnit.MILLISECONDS.toNanos(300));
                    })
                    .syncUninterruptibly();
            int ended = 0;
            int good = 0;
            for (int i = 0; i < 201; i++) {
                String event = next();
                ended += "bad ended".equals(event) ? 1 : 0;
                good += "good called".equals(event) ? 1 : 0;
            }
            assertThat(ended).isEqualTo(200);
            assertThat(good).isEqualTo(1);
            assertThat(next()).isEqualTo("later called");
        } finally {
            loops.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    @Test
    void aConnectionThatCannotBeEndedIsTriedAgain() throws InterruptedException {
        EventLoopGroup loops = Channels.newLoops("deadlines", true, 1, IoBackend.of(Transport.NIO));
        try {
            EventLoop loop = loops.next();
            loop.submit(() -> LoopContext.of(loop).deadlines.set(new Failing("bad", 3, 2), LoopContext.nanoTime()))
                    .syncUninterruptibly();
            assertThat(next()).isEqualTo("bad ended");
        } finally {
            loops.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    @Test
    void aWheelThatCouldNotBeScheduledTurnsAsSoonAsItCan() throws InterruptedException {
        AtomicInteger failures = new AtomicInteger(2);
        EventExecutor executor = new SingleThreadEventExecutor(null, new DefaultThreadFactory("scarce", true), true) {
            @Override
            protected void run() {
                while (!confirmShutdown()) {
                    Runnable task = takeTask();
                    if (task != null) {
                        task.run();
                    }
                }
            }

            @Override
            public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
                if (failures.getAndDecrement() > 0) {
                    throw new OutOfMemoryError("as the test wants it");
                }
                return super.schedule(command, delay, unit);
            }
        };
        try {
            DeadlineWheel wheel = new DeadlineWheel(executor);
            executor.submit(() -> {
                        wheel.set(new Failing("first", 0, 0), LoopContext.nanoTime());
                        assertThat(wheel.isStopped()).isTrue();
                        wheel.set(new Failing("second", 0, 0), LoopContext.nanoTime());
                        assertThat(wheel.isStopped()).isTrue();
                        wheel.scheduleTurn();
                        assertThat(wheel.isStopped()).isFalse();
                    })
                    .syncUninterruptibly();
            assertThat(next()).isNotNull();
            assertThat(next()).isNotNull();
        } finally {
            executor.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }
}
