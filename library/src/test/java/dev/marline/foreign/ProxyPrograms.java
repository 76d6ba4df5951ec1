package dev.marline.foreign;

import dev.marline.testing.RunningProgram;
import dev.marline.testing.Tools;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reverse proxies that are started with a configuration of the test's. */
final class ProxyPrograms {
    private ProxyPrograms() {}

    /**
     * As who runs it, in the foreground, with nothing outside its folder.
     *
     * @param main what stands at the top of its configuration, beside what any test needs
     */
    static RunningProgram nginx(Path folder, String main) {
        Path file = write(folder.resolve("nginx.conf"), """
                daemon off;
                pid nginx.pid;
                error_log stderr notice;
                worker_processes 1;
                %s
                events { worker_connections 64; }
                """.formatted(main));
        RunningProgram nginx = RunningProgram.start(
                Tools.find("nginx"), "-p", folder.toString(), "-e", "stderr", "-c", file.toString());
        nginx.awaitLine("start worker process ");
        return nginx;
    }

    /** @param servers what stands in its part for HTTP */
    static RunningProgram nginxHttp(Path folder, String servers) {
        return nginx(folder, """
                http {
                    access_log off;
                    client_body_temp_path body;
                    proxy_temp_path proxy;
                    fastcgi_temp_path fastcgi;
                    uwsgi_temp_path uwsgi;
                    scgi_temp_path scgi;
                    %s
                }
                """.formatted(servers));
    }

    static RunningProgram haproxy(Path folder, String configuration) {
        Path file = write(folder.resolve("haproxy.cfg"), configuration);
        RunningProgram haproxy = RunningProgram.start(Tools.find("haproxy"), "-W", "-db", "-f", file.toString());
        haproxy.awaitLine("Loading success");
        return haproxy;
    }

    private static Path write(Path file, String text) {
        try {
            return Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
