package dev.marline.transport.loop;

import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A limit on the bytes that all connections of a server or client hold together, and on those of one address. When it is exceeded,
 * the connections that hold the most are evicted: those of the asking address if that is over its share, otherwise those of the
 * address that holds the most. Thread-safe.
 *
 * <p>A connection that holds nothing has no {@link Account}, and costs nothing.
 */
public final class MemoryBudget {
    private static final System.Logger LOG = System.getLogger("dev.marline");

    /** An eviction frees one part of so many, so that the search for the largest connections pays for many that ask. */
    private static final int FREED_PARTS = 8;

    /** New work is refused when less than one part of so many is left. */
    private static final int RESERVED_PARTS = 16;

    private static final long WARN_EVERY = TimeUnit.MINUTES.toNanos(1);
    private static final long REFRESH_EVERY = TimeUnit.MILLISECONDS.toNanos(100);

    /** The key of all connections that count for no address. */
    private static final Object NO_ADDRESS = new Object();

    private final String name;
    private final long limit;
    private final long addressLimit;
    private final AtomicLong used = new AtomicLong();
    private final ConcurrentHashMap<Object, Address> addresses = new ConcurrentHashMap<>();
    private final AtomicLong nextWarning = new AtomicLong();
    private final AtomicLong nextRefresh = new AtomicLong();

    /**
     * Creates a budget.
     *
     * @param name the limit's name, for the log
     * @param limit the most bytes that all connections may hold
     * @param addressPercent the most of them that connections of one address may hold, in percent
     */
    public MemoryBudget(String name, long limit, int addressPercent) {
        this.name = name;
        this.limit = limit;
        this.addressLimit = addressPercent == 100 ? limit : (long) (limit / 100.0 * addressPercent);
    }

    /** What holds memory, and gives it back. */
    public interface Holder {
        /** Returns how many bytes are held now, as far as the calling thread can know. */
        long heldNow();

        /** Closes the connection, which has been evicted. Called in any thread. */
        void evict();
    }

    /** The connections of one address that have an account. */
    private static final class Address {
        private final long limit;
        private final AtomicLong used = new AtomicLong();
        private final Set<Account> accounts = ConcurrentHashMap.newKeySet();

        Address(long limit) {
            this.limit = limit;
        }

        void refresh() {
            accounts.forEach(Account::refresh);
        }

        boolean isOver() {
            return used.get() > limit;
        }
    }

    /** What one connection holds. For the thread of its event loop. */
    public static final class Account {
        private static final long EVICTED = -1;
        private static final AtomicLongFieldUpdater<Account> HELD =
                AtomicLongFieldUpdater.newUpdater(Account.class, "held");

        private final MemoryBudget budget;
        private final Object key;
        private final Holder holder;

        @SuppressWarnings("NullAway.Init") // set before anybody sees it
        private Address address;

        /** How many bytes count; other threads set it only to what the holder says, or to {@link #EVICTED}. */
        private volatile long held;

        private Account(MemoryBudget budget, Object key, Holder holder) {
            this.budget = budget;
            this.key = key;
            this.holder = holder;
        }

        /**
         * Counts that the connection holds so many bytes in all, or is about to.
         *
         * @return false if the connection has been evicted, and has to give back all that it holds
         */
        public boolean hold(long bytes) {
            long before;
            do {
                before = held;
                if (before == EVICTED) {
                    return false;
                }
                if (before == bytes) {
                    return true;
                }
            } while (!HELD.compareAndSet(this, before, bytes));
            long now = budget.add(address, bytes - before);
            return bytes < before || (now <= budget.limit && !address.isOver()) || budget.makeRoom(this);
        }

        private void refresh() {
            long before = held;
            long now = before == EVICTED ? before : holder.heldNow();
            if (now < before && HELD.compareAndSet(this, before, now)) {
                budget.add(address, now - before);
            }
        }

        /** Takes all that the connection holds out of the count, before it is given back. */
        private void evict() {
            long before = HELD.getAndSet(this, EVICTED);
            if (before != EVICTED) {
                budget.add(address, -before);
            }
        }

        /** Ends the account of a connection that has ended. */
        public void close() {
            evict();
            budget.remove(this);
        }
    }

    private long add(Address address, long change) {
        address.used.addAndGet(change);
        return used.addAndGet(change);
    }

    /**
     * Opens an account for a connection that begins to hold memory.
     *
     * @param address what the connection counts for; null for no address
     */
    public Account open(@Nullable Object address, Holder holder) {
        Account account = new Account(this, address == null ? NO_ADDRESS : address, holder);
        addresses.compute(account.key, (key, known) -> {
            Address of = known == null ? new Address(address == null ? Long.MAX_VALUE : addressLimit) : known;
            account.address = of;
            of.accounts.add(account);
            return of;
        });
        return account;
    }

    private void remove(Account account) {
        addresses.computeIfPresent(account.key, (key, address) -> {
            address.accounts.remove(account);
            return address.accounts.isEmpty() ? null : address;
        });
    }

    public long limit() {
        return limit;
    }

    /** Returns how many bytes are held. */
    public long used() {
        return used.get();
    }

    /** Returns how many addresses have an account. */
    int addresses() {
        return addresses.size();
    }

    /**
     * Whether new work for an address is to be refused, as nearly all that it may hold is in use. Where others use nearly all, the
     * address that holds the most makes room for it.
     */
    public boolean isExhausted(@Nullable Object address) {
        Object key = address == null ? NO_ADDRESS : address;
        if (!isNearlyUsed() && !isShareNearlyUsed(key)) {
            return false;
        }
        long now = LoopContext.nanoTime();
        long next = nextRefresh.get();
        if (now >= next && nextRefresh.compareAndSet(next, now + REFRESH_EVERY)) {
            addresses.values().forEach(Address::refresh);
        }
        if (isShareNearlyUsed(key)) {
            return true;
        }
        List<Account> evicted = new ArrayList<>();
        synchronized (this) {
            if (isNearlyUsed()) {
                Address most = largest();
                if (most != null && most.equals(addresses.get(key))) {
                    return true;
                }
                evictUntil(limit - limit / FREED_PARTS, evicted);
            }
        }
        tell(evicted);
        return false;
    }

    private boolean isNearlyUsed() {
        return used.get() > limit - limit / RESERVED_PARTS;
    }

    private boolean isShareNearlyUsed(Object key) {
        Address known = addresses.get(key);
        return known != null && known.used.get() > known.limit - known.limit / RESERVED_PARTS;
    }

    // ---- when it is exceeded

    /** Evicts those that hold the most; false if the asking connection is among them. */
    private boolean makeRoom(Account asking) {
        List<Account> evicted = new ArrayList<>();
        synchronized (this) {
            if (asking.address.isOver()) {
                asking.address.refresh();
            }
            if (asking.address.isOver()) {
                long target = addressLimit - addressLimit / FREED_PARTS;
                evictLargest(asking.address, () -> asking.address.used.get() <= target, evicted);
            }
            if (used.get() > limit) {
                addresses.values().forEach(Address::refresh);
            }
            if (used.get() > limit) {
                evictUntil(limit - limit / FREED_PARTS, evicted);
            }
        }
        boolean spared = !evicted.remove(asking);
        tell(evicted);
        return spared && asking.held != Account.EVICTED;
    }

    /** Has connections closed, without the lock, as that calls the application. */
    private void tell(List<Account> evicted) {
        if (!evicted.isEmpty()) {
            warn();
        }
        evicted.forEach(each -> each.holder.evict());
    }

    private @Nullable Address largest() {
        Address most = null;
        for (Address each : addresses.values()) {
            if (most == null || each.used.get() > most.used.get()) {
                most = each;
            }
        }
        return most;
    }

    private void evictUntil(long target, List<Account> evicted) {
        while (used.get() > target) {
            int before = evicted.size();
            Address from = largest();
            if (from != null) {
                // When half of it is gone, another address may be the one that holds the most.
                long half = from.used.get() / 2;
                evictLargest(from, () -> used.get() <= target || from.used.get() <= half, evicted);
            }
            if (evicted.size() == before) {
                return;
            }
        }
    }

    private static void evictLargest(Address from, BooleanSupplier isEnough, List<Account> evicted) {
        record Candidate(Account account, long held) {}
        List<Candidate> largestFirst = new ArrayList<>();
        for (Account each : from.accounts) {
            long held = each.held;
            if (held > 0) {
                largestFirst.add(new Candidate(each, held));
            }
        }
        largestFirst.sort(Comparator.comparingLong(Candidate::held).reversed());
        for (Candidate each : largestFirst) {
            if (isEnough.getAsBoolean()) {
                return;
            }
            each.account.evict();
            evicted.add(each.account);
        }
    }

    private void warn() {
        long now = LoopContext.nanoTime();
        long next = nextWarning.get();
        if (now >= next && nextWarning.compareAndSet(next, now + WARN_EVERY)) {
            LOG.log(
                    Level.WARNING,
                    "connections hold more memory than {0} allows, {1} bytes: those that hold the most are closed",
                    name,
                    String.valueOf(limit));
        }
    }
}
