package dev.marline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.marline.protocol.Connection;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Exports;
import java.lang.module.ModuleDescriptor.Requires;
import java.lang.module.ModuleFinder;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The rooms of the house, and who may enter which. */
class ArchitectureTest {
    private static final Path LIBRARY = locationOf(WebSocket.class);
    private static final Path PROTOCOL = locationOf(Connection.class);

    private static Path locationOf(Class<?> type) {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ModuleDescriptor descriptor(Path location, String name) {
        return ModuleFinder.of(location).find(name).orElseThrow().descriptor();
    }

    private static Set<String> exportsOf(ModuleDescriptor module) {
        return module.exports().stream().map(Exports::source).collect(Collectors.toSet());
    }

    /** The class files at a place, folder or jar, with their names; each as text, in which the names of all it uses can be found. */
    private static Map<String, String> classFiles(Path location) {
        try {
            if (Files.isDirectory(location)) {
                return classFilesBelow(location);
            }
            try (FileSystem jar = FileSystems.newFileSystem(location)) {
                return classFilesBelow(jar.getPath("/"));
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<String, String> classFilesBelow(Path root) throws IOException {
        Map<String, String> classes = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                String path = root.relativize(file).toString();
                if (path.endsWith(".class") && !path.endsWith("-info.class")) {
                    String name = path.substring(0, path.length() - ".class".length());
                    classes.put(
                            name.replace('/', '.').replace('\\', '.'),
                            new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
                }
            }
        }
        return classes;
    }

    private static String packageOf(String className) {
        return className.substring(0, className.lastIndexOf('.'));
    }

    private static List<String> classesThatUse(Path location, String used, Predicate<String> ofPackage) {
        Map<String, String> classes = classFiles(location);
        assertThat(classes).isNotEmpty();
        return classes.keySet().stream()
                .filter(name -> ofPackage.test(packageOf(name)))
                .filter(name -> classes.get(name).contains(used.replace('.', '/')))
                .toList();
    }

    @Test
    void theProtocolNeedsJavaBaseAlone() {
        ModuleDescriptor protocol = descriptor(PROTOCOL, "dev.marline.protocol");

        assertThat(protocol.requires().stream()
                        .filter(required -> !required.modifiers().contains(Requires.Modifier.STATIC))
                        .map(Requires::name))
                .containsExactly("java.base");
        assertThat(protocol.requires().stream().map(Requires::name))
                .containsExactlyInAnyOrder("java.base", "org.jspecify");
        for (String foreign :
                List.of("io.netty", "java.net.Socket", "java.nio.channels", "java.lang.Thread;", "sun.misc")) {
            assertThat(classesThatUse(PROTOCOL, foreign, any -> true))
                    .as(foreign)
                    .isEmpty();
        }
    }

    @Test
    void theTransportIsNotExported() {
        assertThat(exportsOf(descriptor(LIBRARY, "dev.marline")))
                .containsExactlyInAnyOrder(
                        "dev.marline", "dev.marline.client", "dev.marline.server", "dev.marline.tls");
    }

    @Test
    void noNettyTypeIsInThePublicApi() throws ClassNotFoundException {
        Set<String> exported = exportsOf(descriptor(LIBRARY, "dev.marline"));
        int seen = 0;
        for (String name : classFiles(LIBRARY).keySet()) {
            if (exported.contains(packageOf(name))) {
                Class<?> type = Class.forName(name, false, ArchitectureTest.class.getClassLoader());
                assertThat(signaturesOf(type)).noneMatch(signature -> signature.contains("io.netty"));
                seen++;
            }
        }
        assertThat(seen).isGreaterThan(20);
    }

    private static List<String> signaturesOf(Class<?> type) {
        Stream<String> supertypes = Stream.concat(
                Stream.ofNullable(type.getGenericSuperclass()).map(Object::toString),
                Stream.of(type.getGenericInterfaces()).map(Object::toString));
        Stream<String> fields = Stream.of(type.getDeclaredFields())
                .filter(ArchitectureTest::isForUsers)
                .map(Field::toGenericString);
        Stream<String> executables = Stream.concat(
                        Stream.of(type.getDeclaredMethods()), Stream.of(type.getDeclaredConstructors()))
                .filter(ArchitectureTest::isForUsers)
                .map(Executable::toGenericString);
        return Stream.of(supertypes, fields, executables).flatMap(each -> each).toList();
    }

    private static boolean isForUsers(Member member) {
        return Modifier.isPublic(member.getModifiers()) || Modifier.isProtected(member.getModifiers());
    }

    @Test
    void onlyTheTransportKnowsNetty() {
        assertThat(classesThatUse(LIBRARY, "io.netty", where -> !where.startsWith("dev.marline.transport.")))
                .isEmpty();
        assertThat(classesThatUse(LIBRARY, "io.netty", where -> true)).isNotEmpty();
    }

    /** The JDK's timer thread keeps the context class loader of its first user, so that an application could not be unloaded. */
    @Test
    void noTimeoutRunsOnTheTimerThreadOfTheJdk() {
        for (String timed : List.of("orTimeout", "completeOnTimeout", "delayedExecutor")) {
            assertThat(classesThatUse(LIBRARY, timed, where -> true)).as(timed).isEmpty();
        }
    }

    @Test
    void thePartsOfTheTransportDependOnEachOtherOnlyDownwards() {
        // Each may use those before it; server and client do not know each other.
        List<String> upwards = List.of("loop", "listening", "tls", "caller", "websocket", "http", "server", "client");
        for (int i = 0; i < upwards.size(); i++) {
            Set<String> lower = upwards.subList(0, i).stream()
                    .filter(part -> !part.equals("server"))
                    .map(part -> "dev.marline.transport." + part)
                    .collect(Collectors.toSet());
            assertThat(classesThatUse(LIBRARY, "dev.marline.transport." + upwards.get(i), lower::contains))
                    .as(upwards.get(i))
                    .isEmpty();
        }
        assertThat(classesThatUse(LIBRARY, "dev.marline.transport.server", "dev.marline.transport.client"::equals))
                .isEmpty();
    }

    @Test
    void roomsDependOnEachOtherOnlyDownwards() {
        assertThat(classesThatUse(LIBRARY, "dev.marline.server", where -> !where.equals("dev.marline.server")))
                .isEmpty();
        assertThat(classesThatUse(LIBRARY, "dev.marline.client", where -> !where.equals("dev.marline.client")))
                .isEmpty();
        for (String lower : List.of("dev.marline", "dev.marline.tls")) {
            assertThat(classesThatUse(LIBRARY, "dev.marline.transport", where -> where.equals(lower)))
                    .as(lower)
                    .isEmpty();
        }
    }
}
