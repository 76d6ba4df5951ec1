package dev.marline.transport.loop;

import static dev.marline.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.protocol.testing.SeededRandom;
import dev.marline.testing.Logs;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
    private final Logs logs = Logs.capture();
    private final MemoryBudget budget = new MemoryBudget("maxTotalOutput", 1000, 50);
    private final List<String> evicted = new ArrayList<>();

    @AfterEach
    void release() {
        logs.close();
    }

    /** A connection, which holds what the test says. */
    private final class Connection implements MemoryBudget.Holder {
        private final String name;
        private final MemoryBudget.Account account;
        private long held;

        Connection(@Nullable String address, String name) {
            this.name = name;
            account = budget.open(address, this);
        }

        boolean hold(long bytes) {
            held = bytes;
            return account.hold(bytes);
        }

        @Override
        public long heldNow() {
            return held;
        }

        @Override
        public void evict() {
            evicted.add(name);
        }
    }

    @Test
    void allMayHoldAsMuchAsTheLimitAndNotOneByteMore() {
        assertThat(new Connection("a", "first").hold(500)).isTrue();
        Connection second = new Connection("b", "second");
        assertThat(second.hold(400)).isTrue();
        assertThat(new Connection("c", "third").hold(100)).isTrue();
        assertThat(evicted).isEmpty();
        assertThat(budget.used()).isEqualTo(1000);

        assertThat(second.hold(401)).isTrue();

        assertThat(evicted).as("of the address that holds the most").containsExactly("first");
        assertThat(budget.used()).isEqualTo(501);
        assertThat(logs.lines()).singleElement().asString().contains("maxTotalOutput", "1000");
    }

    @Test
    void oneAddressMayHoldItsShareAndNotOneByteMore() {
        Connection small = new Connection("a", "small");
        small.hold(100);
        Connection large = new Connection("a", "large");
        large.hold(400);
        Connection other = new Connection("b", "other");
        other.hold(450);

        assertThat(small.hold(101)).isTrue();

        assertThat(evicted).containsExactly("large");
        assertThat(budget.used()).isEqualTo(551);
        assertThat(large.hold(400)).as("it is evicted").isFalse();
        assertThat(large.hold(0)).isFalse();
        assertThat(budget.used()).isEqualTo(551);
    }

    @Test
    void whoAsksIsEvictedItselfIfItHoldsTheMost() {
        Connection small = new Connection("a", "small");
        small.hold(100);
        Connection large = new Connection("a", "large");

        assertThat(large.hold(500)).isFalse();

        assertThat(evicted).as("it knows").isEmpty();
        assertThat(budget.used()).isEqualTo(100);
        assertThat(small.hold(101)).isTrue();
    }

    @Test
    void whatCountsForNoAddressHasNoShare() {
        assertThat(new Connection(null, "first").hold(600)).isTrue();
        assertThat(new Connection(null, "second").hold(400)).isTrue();

        assertThat(new Connection("a", "third").hold(10)).isTrue();

        assertThat(evicted).containsExactly("first");
    }

    @Test
    void soManyAreEvictedThatTheSearchForThemPays() {
        List<Connection> many = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            many.add(new Connection("a", "number " + i));
            many.get(i).hold(5);
        }

        assertThat(many.get(0).hold(6)).isFalse();

        assertThat(budget.used()).isBetween(430L, 440L);
        assertThat(evicted).hasSizeBetween(10, 15);
    }

    @Test
    void whatHasBeenGivenBackUnnoticedIsNotEvictedFor() {
        Connection first = new Connection("a", "first");
        first.hold(400);
        first.held = 10;

        assertThat(new Connection("a", "second").hold(300)).isTrue();

        assertThat(evicted).isEmpty();
        assertThat(budget.used()).isEqualTo(310);
    }

    @Test
    void newWorkIsRefusedForAnAddressThatHasNearlyUsedItsShare() {
        Connection first = new Connection("a", "first");
        first.hold(460);
        assertThat(budget.isExhausted("a")).isFalse();
        first.hold(480);
        assertThat(budget.isExhausted("a")).isTrue();
        assertThat(budget.isExhausted("b")).isFalse();
        assertThat(budget.isExhausted(null)).isFalse();

        first.held = 0;
        eventually("what has been given back is seen", () -> !budget.isExhausted("a"));
    }

    @Test
    void whereOthersUseNearlyAllTheyMakeRoomForNewWork() {
        new Connection("a", "first").hold(460);
        new Connection("b", "second").hold(465);
        new Connection("c", "third").hold(60);

        assertThat(budget.isExhausted("b")).as("it holds the most").isTrue();
        assertThat(evicted).isEmpty();

        assertThat(budget.isExhausted("d")).isFalse();
        assertThat(evicted).containsExactly("second");
        assertThat(budget.used()).isEqualTo(520);
    }

    @Test
    void addressesAreForgottenWithTheirLastConnection() {
        Connection first = new Connection("a", "first");
        first.hold(100);
        Connection second = new Connection("a", "second");
        second.hold(100);
        assertThat(budget.addresses()).isEqualTo(1);

        first.account.close();
        assertThat(budget.used()).isEqualTo(100);
        assertThat(budget.addresses()).isEqualTo(1);
        second.account.close();
        assertThat(budget.used()).isZero();
        assertThat(budget.addresses()).isZero();
    }

    @Test
    void fromManyThreadsItIsNeverExceededForLongAndComesBackToZero() {
        SeededRandom.forEachSeed(3, seeds -> {
            MemoryBudget shared = new MemoryBudget("maxTotalInput", 100_000, 50);
            List<CompletableFuture<Void>> threads = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Random random = new Random(seeds.nextLong());
                threads.add(CompletableFuture.runAsync(() -> holdAtRandom(shared, random)));
            }
            CompletableFuture.allOf(threads.toArray(CompletableFuture[]::new)).join();

            assertThat(shared.used()).isZero();
            assertThat(shared.addresses()).isZero();
        });
    }

    private static void holdAtRandom(MemoryBudget shared, Random random) {
        MemoryBudget.Holder unaware = new MemoryBudget.Holder() {
            @Override
            public long heldNow() {
                return Long.MAX_VALUE;
            }

            @Override
            public void evict() {
                // Its thread learns it when it asks.
            }
        };
        for (int round = 0; round < 2000; round++) {
            MemoryBudget.Account account = shared.open("a" + random.nextInt(3), unaware);
            boolean held = true;
            for (int step = 0; step < 10 && held; step++) {
                held = account.hold(random.nextInt(60_000));
            }
            assertThat(shared.used()).isLessThanOrEqualTo(100_000 + 4 * 60_000);
            account.close();
        }
    }
}
