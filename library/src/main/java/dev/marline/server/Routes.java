package dev.marline.server;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What is served at which path. Of several patterns that match a path the most definite is taken. */
final class Routes<T> {
    private record Route<T>(PathPattern pattern, T target) {}

    /**
     * A route that has been found.
     *
     * @param path the request's path, decoded
     * @param parameters what stood in it for the pattern's names
     */
    record Match<T>(T target, String path, Map<String, String> parameters) {}

    private final List<Route<T>> routes = new ArrayList<>();

    /**
     * Adds a route.
     *
     * @throws IllegalArgumentException if the pattern is none, or there already
     */
    void add(String pattern, T target) {
        PathPattern path = new PathPattern(pattern);
        if (routes.stream().anyMatch(route -> route.pattern.equals(path))) {
            throw new IllegalArgumentException("path '" + pattern + "' has a route already");
        }
        routes.add(new Route<>(path, target));
        routes.sort(Comparator.comparing(Route::pattern));
    }

    /** The route for a decoded path. */
    Optional<Match<T>> find(List<String> path) {
        for (Route<T> route : routes) {
            Optional<Map<String, String>> parameters = route.pattern.match(path);
            if (parameters.isPresent()) {
                return Optional.of(new Match<>(route.target, "/" + String.join("/", path), parameters.get()));
            }
        }
        return Optional.empty();
    }
}
