package dev.marline.testing;

/** An error that throws another one when it is logged. */
public final class UnprintableError extends Error {
    private static final long serialVersionUID = 1L;

    @Override
    @SuppressWarnings("OverrideThrowableToString") // what logging calls
    public String toString() {
        throw new StackOverflowError("for a message");
    }
}
