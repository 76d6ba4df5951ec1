package dev.marline;

/** How bytes get from and to the operating system. */
public enum Transport {
    /** The best that the system has: epoll on Linux, kqueue on macOS and the BSDs, otherwise NIO. */
    AUTO,
    EPOLL,
    KQUEUE,
    /** Linux's io_uring: less CPU where one message at a time is in flight, more with very large ones and with broadcasts. */
    IO_URING,
    NIO
}
