package dev.marline.foreign;

import static org.assertj.core.api.Assertions.assertThat;

/** One end of an open WebSocket. */
interface End {
    void says(Said something);

    /** Waits for the next that it hears. */
    Said hears();

    default void hears(Said expected) {
        assertThat(hears()).isEqualTo(expected);
    }

    /** The same for a Close with any reason, which it gives. */
    default String hearsClose(int code) {
        Said heard = hears();
        assertThat(heard.line()).startsWith("close " + code + " ");
        return heard.utf8(2);
    }
}
