package dev.marline.server;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The pattern of a route's path: segments that stand for themselves, {@code {name}} for any one segment, and at the end {@code *} for
 * any number of segments, none included.
 */
final class PathPattern implements Comparable<PathPattern> {
    private static final String REST = "*";

    private final String pattern;
    private final List<String> segments;

    /**
     * @throws IllegalArgumentException if it is not a pattern; the message says why
     */
    PathPattern(String pattern) {
        this.pattern = pattern;
        if (!pattern.startsWith("/")) {
            throw new IllegalArgumentException("path '" + pattern + "' must begin with a slash");
        }
        this.segments = split(pattern);
        Set<String> names = new HashSet<>();
        for (int i = 0; i < segments.size(); i++) {
            String segment = segments.get(i);
            if (segment.equals(REST) && i < segments.size() - 1) {
                throw new IllegalArgumentException("path '" + pattern + "' must have its * at the end");
            }
            if (isParameter(segment) ? !names.add(segment) : segment.contains("{") || segment.contains("}")) {
                throw new IllegalArgumentException(
                        "path '" + pattern + "' must have each {name} once, and as a whole segment");
            }
        }
    }

    /** The segments of a path, without those before its first slash. */
    static List<String> split(String path) {
        return List.of(path.substring(1).split("/", -1));
    }

    /** A path's segments, decoded; nothing if their percent signs are wrong. */
    static Optional<List<String>> decode(String path) {
        List<String> decoded = new ArrayList<>();
        try {
            for (String segment : split(path)) {
                // The JDK's decoder is for forms, where a plus is a space.
                decoded.add(URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8));
            }
            return Optional.of(decoded);
        } catch (IllegalArgumentException malformed) {
            return Optional.empty();
        }
    }

    /** What stands for the names, and for the star, in a path that matches; nothing if it does not. */
    Optional<Map<String, String>> match(List<String> path) {
        boolean open = segments.get(segments.size() - 1).equals(REST);
        int fixed = open ? segments.size() - 1 : segments.size();
        if (open ? path.size() < fixed : path.size() != fixed) {
            return Optional.empty();
        }
        Map<String, String> parameters = new HashMap<>();
        for (int i = 0; i < fixed; i++) {
            String segment = segments.get(i);
            if (isParameter(segment)) {
                parameters.put(segment.substring(1, segment.length() - 1), path.get(i));
            } else if (!segment.equals(path.get(i))) {
                return Optional.empty();
            }
        }
        if (open) {
            parameters.put(REST, String.join("/", path.subList(fixed, path.size())));
        }
        return Optional.of(parameters);
    }

    /** The more definite pattern first: one that stands for itself, then a name, then a star; a star for nothing comes last. */
    @Override
    public int compareTo(PathPattern other) {
        for (int i = 0; i < Math.min(segments.size(), other.segments.size()); i++) {
            int difference = generality(segments.get(i)) - generality(other.segments.get(i));
            if (difference != 0) {
                return difference;
            }
        }
        return segments.size() - other.segments.size();
    }

    private static int generality(String segment) {
        return segment.equals(REST) ? 2 : isParameter(segment) ? 1 : 0;
    }

    private static boolean isParameter(String segment) {
        return segment.length() > 2 && segment.startsWith("{") && segment.endsWith("}");
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PathPattern that && that.pattern.equals(pattern);
    }

    @Override
    public int hashCode() {
        return pattern.hashCode();
    }

    @Override
    public String toString() {
        return pattern;
    }
}
