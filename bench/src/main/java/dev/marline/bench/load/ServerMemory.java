package dev.marline.bench.load;

import java.io.IOException;

/**
 * What a server holds of memory, in bytes.
 *
 * @param heap what lives on its heap after a full collection
 * @param resident what is resident; the heap in it has one size and was touched beforehand, so that it moves with what lies beside
 */
record ServerMemory(long heap, long resident) {
    static ServerMemory of(ServerProcess server) throws IOException, InterruptedException {
        long heap = server.liveHeapBytes();
        return new ServerMemory(heap, server.residentBytes());
    }

    ServerMemory minus(ServerMemory earlier) {
        return new ServerMemory(heap - earlier.heap, resident - earlier.resident);
    }
}
