package dev.marline.transport.websocket;

import dev.marline.transport.loop.MemoryBudget;
import dev.marline.transport.loop.MemoryBudgets;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** The memory that one WebSocket holds, in the accounts of its server or client. A WebSocket that has never held any has none. */
final class HeldMemory {
    private final MemoryBudgets budgets;
    private final WebSocketHandler handler;
    private final @Nullable Object address;
    private MemoryBudget.@Nullable Account input;
    private MemoryBudget.@Nullable Account output;
    private boolean closed;

    HeldMemory(MemoryBudgets budgets, WebSocketHandler handler, SocketAddress remote) {
        this.budgets = budgets;
        this.handler = handler;
        this.address = budgets.counted().apply(remote);
    }

    /** Counts the memory of input; false if it may not be held. */
    boolean holdInput(long bytes) {
        if (input == null) {
            if (bytes == 0 || closed) {
                return true;
            }
            input = budgets.input().open(address, new Input());
        }
        return input.hold(bytes);
    }

    /** Counts the memory of output; false if it may not be held. */
    boolean holdOutput(long bytes) {
        if (output == null) {
            if (bytes == 0 || closed) {
                return true;
            }
            output = budgets.output().open(address, new Output());
        }
        return output.hold(bytes);
    }

    /** Ends the accounts, when the channel has ended and gives back what it holds. */
    void close() {
        closed = true;
        if (input != null) {
            input.close();
            input = null;
        }
        if (output != null) {
            output.close();
            output = null;
        }
    }

    private final class Input implements MemoryBudget.Holder {
        @Override
        public long heldNow() {
            return handler.heldInput();
        }

        @Override
        public void evict() {
            handler.evictInput();
        }
    }

    private final class Output implements MemoryBudget.Holder {
        @Override
        public long heldNow() {
            return handler.outboundBytes();
        }

        @Override
        public void evict() {
            handler.evictOutput();
        }
    }
}
