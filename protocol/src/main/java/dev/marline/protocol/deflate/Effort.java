package dev.marline.protocol.deflate;

/**
 * How hard a compressor tries, for one of the levels 1 to 9.
 *
 * @param windowBits how far back it looks, as a power of two, where the other side allows more: memory and cache misses against ratio
 * @param searches how many earlier places it looks at for the longest match
 * @param laterSearches how many for a longer one that begins a byte later
 * @param enough the length of a match that is taken without looking for a longer one
 */
record Effort(int windowBits, int searches, int laterSearches, int enough) {
    private static final Effort[] LEVELS = {
        new Effort(12, 2, 0, 0),
        new Effort(12, 4, 0, 0),
        new Effort(12, 4, 2, 16),
        new Effort(12, 8, 4, 32),
        new Effort(13, 16, 8, 32),
        new Effort(13, 32, 16, 64),
        new Effort(14, 64, 32, 128),
        new Effort(15, 128, 64, 258),
        new Effort(15, 1024, 512, 258)
    };

    static Effort ofLevel(int level) {
        return LEVELS[level - 1];
    }
}
