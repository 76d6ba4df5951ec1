package dev.marline.transport.loop;

import dev.marline.Limits;
import io.netty.util.internal.PlatformDependent;
import java.net.SocketAddress;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The memory that all connections of a server, or of a client, may hold.
 *
 * @param input for messages of which a part has come, and for input that waits
 * @param output for output that waits
 * @param counted what a client's address counts as; null for a client that counts for no address
 */
public record MemoryBudgets(
        MemoryBudget input, MemoryBudget output, Function<SocketAddress, @Nullable Object> counted) {
    private static final long HEAP = Runtime.getRuntime().maxMemory();
    private static final long DIRECT = maxDirectMemory();

    /** Direct memory has a limit of its own, which is the heap's size unless the JVM is told another. */
    static long maxDirectMemory() {
        long direct = PlatformDependent.maxDirectMemory();
        return direct > 0 ? direct : HEAP;
    }

    /** Creates the budgets of a server, in which each address has a share. */
    public static MemoryBudgets ofServer(Limits limits, Function<SocketAddress, @Nullable Object> counted) {
        return of(limits, limits.addressSharePercent(), counted);
    }

    /** Creates the budgets of a client, which may use all for one server. */
    public static MemoryBudgets ofClient(Limits limits) {
        return of(limits, 100, server -> null);
    }

    private static MemoryBudgets of(
            Limits limits, int addressPercent, Function<SocketAddress, @Nullable Object> counted) {
        return new MemoryBudgets(
                // Input is collected in the heap, and in direct memory where it is large or waits on a stream.
                new MemoryBudget(
                        "maxTotalInput",
                        limits.maxTotalInput() == 0 ? Math.min(HEAP / 4, DIRECT / 2) : limits.maxTotalInput(),
                        addressPercent),
                // Output waits in direct memory; responses wait in the heap.
                new MemoryBudget(
                        "maxTotalOutput",
                        limits.maxTotalOutput() == 0 ? Math.min(HEAP / 4, DIRECT / 4) : limits.maxTotalOutput(),
                        addressPercent),
                counted);
    }

    /** Whether new work for a client is to be refused: see {@link MemoryBudget#isExhausted}. */
    public boolean areExhausted(SocketAddress client) {
        Object address = counted.apply(client);
        return input.isExhausted(address) || output.isExhausted(address);
    }
}
