package dev.marline.bench.report;

import dev.marline.bench.load.Figure;
import java.util.Locale;

/** Which end of the connections is compared. */
enum Side {
    SERVER(Figure.CPU_MICROS, Figure.SERVER_CORES),
    CLIENT(Figure.CLIENT_CPU_MICROS, Figure.CLIENT_CORES);

    private final Figure cost;
    private final Figure cores;

    Side(Figure cost, Figure cores) {
        this.cost = cost;
        this.cores = cores;
    }

    /** What it uses for each message. */
    Figure cost() {
        return cost;
    }

    /** How busy it is. */
    Figure cores() {
        return cores;
    }

    Side other() {
        return this == SERVER ? CLIENT : SERVER;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
