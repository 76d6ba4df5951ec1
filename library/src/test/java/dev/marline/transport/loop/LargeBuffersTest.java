package dev.marline.transport.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Large messages go through direct buffers that are used again, up to a bound. */
class LargeBuffersTest {
    private final LargeBuffers buffers = new LargeBuffers();

    @Test
    void oneThatIsGivenBackIsTakenAgain() {
        ByteBuf first = buffers.take(100_000);
        assertThat(first.isDirect()).isTrue();
        assertThat(first.writableBytes()).isBetween(100_000, 200_000);
        assertThat(first.readerIndex()).isGreaterThanOrEqualTo(10);

        ByteBuf whileItIsHeld = buffers.take(100_000);
        assertThat(whileItIsHeld).isNotSameAs(first);
        first.writeLong(1).release();
        ByteBuf again = buffers.take(110_000);
        assertThat(again).isSameAs(first);
        assertThat(again.isReadable()).isFalse();
    }

    @Test
    void whatIsBeyondTheBoundIsOfTheHeap() {
        List<ByteBuf> held = new ArrayList<>();
        while (held.isEmpty() || held.get(held.size() - 1).isDirect()) {
            held.add(buffers.take(1 << 20));
        }
        assertThat((held.size() - 1) * (1L << 20)).isLessThanOrEqualTo(LoopMemory.MAX_KEPT);
        held.forEach(ByteBuf::release);
        assertThat(buffers.take(1 << 20).isDirect()).isTrue();
    }

    @Test
    void thoseOfASizeThatIsWantedNoMoreMakeWay() {
        List<ByteBuf> small = new ArrayList<>();
        while (small.isEmpty() || small.get(small.size() - 1).isDirect()) {
            small.add(buffers.take(32 * 1024));
        }
        assertThat(buffers.take(1 << 20).isDirect()).as("while all are in use").isFalse();
        small.forEach(ByteBuf::release);
        assertThat(buffers.take(1 << 20).isDirect()).isTrue();
    }

    @Test
    void whatIsLargerThanTheLargestIsOfTheHeap() {
        ByteBuf large = buffers.take((1 << 20) + 1);
        assertThat(large.isDirect()).isFalse();
        assertThat(large.writableBytes()).isGreaterThan(1 << 20);
        assertThat(large.readerIndex()).isGreaterThanOrEqualTo(10);
    }
}
