package dev.marline.bench.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.marline.bench.server.ServerSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A certificate for this machine, and its key, made by the JDK's keytool. */
public final class SelfSignedCertificate {
    private SelfSignedCertificate() {}

    /** Makes a new one, in a PKCS#12 file that is gone when this process ends. */
    public static Path create() throws IOException, InterruptedException {
        return create("-keyalg EC -groupname secp256r1");
    }

    /**
     * The same with another key.
     *
     * @param key what keytool is told of it
     */
    static Path create(String key) throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("marline-bench");
        Path file = directory.resolve("server.p12");
        directory.toFile().deleteOnExit();
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "server",
                "-dname",
                "CN=localhost",
                "-ext",
                "SAN=dns:localhost,ip:127.0.0.1",
                "-storetype",
                "PKCS12",
                "-keystore",
                file.toString(),
                "-storepass",
                ServerSettings.KEY_STORE_PASSWORD));
        command.addAll(List.of(key.split(" ", -1)));
        Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(keytool.getInputStream().readAllBytes(), UTF_8);
        if (keytool.waitFor() != 0) {
            throw new IOException("keytool made no certificate: " + output);
        }
        file.toFile().deleteOnExit();
        return file;
    }
}
