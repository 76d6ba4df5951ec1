package dev.marline.bench.load;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Another JVM, as this one is: the same JDK and class path, and what Netty needs to be fast. */
final class Jvm {
    private Jvm() {}

    /**
     * The command line that starts it.
     *
     * @param options beside those that each gets
     */
    static List<String> command(Class<?> main, List<String> options, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("--add-opens=java.base/java.nio=ALL-UNNAMED");
        command.add("--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED");
        command.add("-Dio.netty.tryReflectionSetAccessible=true");
        command.add("-Dio.netty.leakDetection.level=disabled");
        if (Runtime.version().feature() >= 23) {
            command.add("--sun-misc-unsafe-memory-access=allow");
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(arguments);
        return command;
    }
}
