package dev.marline.transport.loop;

import dev.marline.WebSocketException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Checks the Netty that is there before any of it is used: build tools and the version lists of frameworks may choose an older one, or parts
 * of two. This class uses none of Netty.
 */
public final class NettyVersion {
    /** The version that Marline is tested with. */
    static final String TESTED = "4.2.18.Final";

    private static final int[] OLDEST = {4, 2};
    private static final String REMEDY = "set the version of Netty to " + TESTED
            + " (with Spring Boot the property netty.version; else import io.netty:netty-bom)";

    /** Each artifact that Marline uses and a class of it, behind those that it needs itself. IoHandler is new in 4.2. */
    private static final Map<String, String> CLASSES = new LinkedHashMap<>();

    static {
        CLASSES.put("netty-common", "io.netty.util.ReferenceCounted");
        CLASSES.put("netty-buffer", "io.netty.buffer.ByteBuf");
        CLASSES.put("netty-resolver", "io.netty.resolver.AddressResolver");
        CLASSES.put("netty-transport", "io.netty.channel.IoHandler");
        CLASSES.put("netty-transport-native-unix-common", "io.netty.channel.unix.UnixChannel");
        CLASSES.put("netty-transport-classes-epoll", "io.netty.channel.epoll.EpollIoHandler");
        CLASSES.put("netty-transport-classes-io_uring", "io.netty.channel.uring.IoUringIoHandler");
        CLASSES.put("netty-transport-classes-kqueue", "io.netty.channel.kqueue.KQueueIoHandler");
        CLASSES.put("netty-codec-base", "io.netty.handler.codec.ByteToMessageDecoder");
        CLASSES.put("netty-handler", "io.netty.handler.ssl.SslContext");
        CLASSES.put("netty-codec-http", "io.netty.handler.codec.http.HttpRequest");
        CLASSES.put("netty-codec-http2", "io.netty.handler.codec.http2.Http2Frame");
        CLASSES.put("netty-codec-haproxy", "io.netty.handler.codec.haproxy.HAProxyMessage");
        CLASSES.put("netty-codec-classes-quic", "io.netty.handler.codec.quic.Quic");
        CLASSES.put("netty-codec-http3", "io.netty.handler.codec.http3.Http3Frame");
    }

    private static final Pattern NUMBERS = Pattern.compile("(\\d{1,4})\\.(\\d{1,4})\\..*");

    private static volatile boolean checked;

    private NettyVersion() {}

    /**
     * Checks once that all of Netty is there and new enough.
     *
     * @throws WebSocketException if not; the message names what was found, what is needed, and the remedy
     */
    public static void require() {
        if (!checked) {
            check(NettyVersion.class.getClassLoader());
            checked = true;
        }
    }

    static void check(ClassLoader loader) {
        Map<String, String> versions = versions(loader);
        versions.forEach((artifact, version) -> {
            if (isTooOld(version) && (CLASSES.containsKey(artifact) || artifact.equals("netty-codec"))) {
                throw new WebSocketException("Netty " + version + " is in use (" + artifact + "), expected " + TESTED
                        + " or a later 4.2: " + REMEDY);
            }
        });
        CLASSES.forEach((artifact, name) -> {
            try {
                Class.forName(name, false, loader);
            } catch (ClassNotFoundException | LinkageError e) {
                throw new WebSocketException(
                        "Netty's " + artifact + " is missing or does not fit (" + name + " cannot be loaded; found "
                                + (versions.isEmpty() ? "no versions" : versions) + "), expected " + TESTED
                                + " or a later 4.2: " + REMEDY,
                        e);
            }
        });
    }

    /** The artifacts and versions that Netty's jars say of themselves; of an artifact that is there twice, the older one. */
    private static Map<String, String> versions(ClassLoader loader) {
        Map<String, String> versions = new TreeMap<>();
        try {
            for (URL each : Collections.list(loader.getResources("META-INF/io.netty.versions.properties"))) {
                Properties properties = new Properties();
                try (InputStream in = each.openStream()) {
                    properties.load(in);
                }
                for (String key : properties.stringPropertyNames()) {
                    if (key.endsWith(".version")) {
                        String artifact = key.substring(0, key.length() - ".version".length());
                        versions.merge(
                                artifact,
                                properties.getProperty(key),
                                (first, second) -> isTooOld(second) ? second : first);
                    }
                }
            }
        } catch (IOException e) {
            throw new WebSocketException("the version of Netty cannot be read: " + e.getMessage(), e);
        }
        return versions;
    }

    private static boolean isTooOld(String version) {
        Matcher numbers = NUMBERS.matcher(version);
        if (!numbers.matches()) {
            return false;
        }
        int major = Integer.parseInt(numbers.group(1));
        return major < OLDEST[0] || (major == OLDEST[0] && Integer.parseInt(numbers.group(2)) < OLDEST[1]);
    }
}
