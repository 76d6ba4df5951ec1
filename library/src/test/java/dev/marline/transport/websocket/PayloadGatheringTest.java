package dev.marline.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.transport.loop.LoopContext;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The payload data of a large message is brought together in memory that grows with it, and not with what its header claims. */
class PayloadGatheringTest {
    private static final int SMALLEST_BUFFER = 32 * 1024;

    private final EventLoop loop = new DefaultEventLoop();

    @AfterEach
    void end() {
        loop.shutdownGracefully().syncUninterruptibly();
    }

    private void onTheLoop(Consumer<LoopContext> test) {
        loop.submit(() -> test.accept(LoopContext.of(loop))).syncUninterruptibly();
    }

    private static ByteBuf bytes(int count, int value) {
        byte[] bytes = new byte[count];
        Arrays.fill(bytes, (byte) value);
        return Unpooled.wrappedBuffer(bytes);
    }

    @Test
    void whoClaimsMuchAndSendsLittleGetsLittle() {
        onTheLoop(context -> {
            PayloadGathering gathering = new PayloadGathering(context, any -> true, 1 << 30, 10);
            gathering.take(bytes(10, 1));
            assertThat(gathering.payload().capacity()).isLessThan(2 * SMALLEST_BUFFER);
            for (int come = 10_010; come < 100_010; come += 10_000) {
                gathering.take(bytes(10_000, 2));
                assertThat(gathering.payload().readableBytes()).isEqualTo(come);
                assertThat(gathering.payload().capacity()).isLessThan(16 * come);
            }
            assertThat(gathering.isWhole()).isFalse();
            gathering.payload().release();
        });
    }

    @Test
    void whatIsReadToItsRoomIsNotCopiedAndNoMoreIsReadThanBelongsToIt() {
        onTheLoop(context -> {
            PayloadGathering gathering = new PayloadGathering(context, any -> true, 300_000, 100_000);
            gathering.take(bytes(100_000, 1));
            ByteBuf room = gathering.room();
            assertThat(room.writableBytes()).isEqualTo(200_000);
            room.writeBytes(bytes(150_000, 2));
            assertThat(gathering.take(room).remaining()).isEqualTo(150_000);
            assertThat(room.isReadable()).isFalse();
            room.release();

            ByteBuf last = bytes(50_001, 3);
            gathering.take(last);
            assertThat(gathering.isWhole()).isTrue();
            assertThat(last.readableBytes()).as("of the next frame").isEqualTo(1);
            ByteBuf expected = Unpooled.wrappedBuffer(bytes(100_000, 1), bytes(150_000, 2), bytes(50_000, 3));
            assertThat(gathering.payload()).isEqualTo(expected);
            gathering.payload().release();
        });
    }
}
