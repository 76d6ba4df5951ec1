package dev.marline.transport.loop;

import io.netty.handler.ssl.NotSslRecordException;
import java.io.FileNotFoundException;
import java.net.UnknownHostException;

/** What an exception has to say, in words for a person. */
public final class Causes {
    private Causes() {}

    /** The message at the root of an exception, without what only a programmer wants to know. */
    public static String inWords(Throwable thrown) {
        Throwable root = thrown;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        if (root instanceof NotSslRecordException) {
            return "the other side does not speak TLS";
        }
        if (root instanceof UnknownHostException) {
            return "there is no such host";
        }
        if (root instanceof FileNotFoundException && root.getMessage() == null) {
            return "No such file or directory"; // what Netty's native transports say of the path of a Unix domain
            // socket
        }
        String message = root.getMessage();
        // Netty's native transports put the system call and its number
        // in front: "bind(..) failed with error(-98): Address in use".
        return message == null
                ? root.getClass().getSimpleName()
                : message.replaceFirst("^.*failed with error\\(-?\\d+\\): ", "");
    }
}
