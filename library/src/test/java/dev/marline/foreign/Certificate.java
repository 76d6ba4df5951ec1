package dev.marline.foreign;

import dev.marline.testing.Tools;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A certificate that has signed itself, made by openssl: PEM files of it and its key, and a PKCS#12 file with both. */
record Certificate(Path certificate, Path key, Path pkcs12) {
    static final String PASSWORD = "a rope of two strands";

    /** @param names such as {@code DNS:localhost,IP:127.0.0.1} */
    static Certificate make(Path folder, String names) {
        return make(folder, names, "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1");
    }

    /** @param newKey what openssl is told about the key */
    static Certificate make(Path folder, String names, String... newKey) {
        Certificate made =
                new Certificate(folder.resolve("cert.pem"), folder.resolve("key.pem"), folder.resolve("both.p12"));
        List<String> request = new ArrayList<>(List.of("req", "-x509", "-nodes", "-days", "2"));
        request.addAll(List.of(newKey));
        request.addAll(List.of("-subj", "/CN=Marline's tests", "-addext", "subjectAltName=" + names));
        request.addAll(List.of("-out", made.certificate.toString(), "-keyout", made.key.toString()));
        Tools.openssl(request.toArray(String[]::new));
        Tools.openssl(
                "pkcs12",
                "-export",
                "-in",
                made.certificate.toString(),
                "-inkey",
                made.key.toString(),
                "-out",
                made.pkcs12.toString(),
                "-passout",
                "pass:" + PASSWORD);
        return made;
    }

    /** Certificate and key in one file, as haproxy wants it. */
    Path together() {
        Path file = certificate.resolveSibling("both.pem");
        try {
            Files.writeString(file, Files.readString(certificate) + Files.readString(key));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file;
    }
}
