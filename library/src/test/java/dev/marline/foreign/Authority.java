package dev.marline.foreign;

import dev.marline.testing.Tools;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** An authority of openssl's, which vouches for others, and for which another may vouch: then its certificate goes with theirs. */
final class Authority {
    private static final List<String> EC = List.of("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1");
    private static final String IS_AUTHORITY = "basicConstraints=critical,CA:TRUE";

    private final Path folder;
    private final boolean goesAlong;

    private Authority(Path folder, boolean goesAlong) {
        this.folder = folder;
        this.goesAlong = goesAlong;
    }

    /** One that vouches for itself. */
    static Authority make(Path folder, String name) {
        Authority authority = new Authority(created(folder), false);
        openssl(List.of(
                List.of("req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=" + name, "-addext", IS_AUTHORITY),
                EC,
                authority.output()));
        return authority;
    }

    /** One that this one vouches for. */
    Authority vouchFor(Path other, String name) {
        Authority authority = new Authority(created(other), true);
        issue(authority.certificate(), authority.key(), name, IS_AUTHORITY, 2);
        return authority;
    }

    Path certificate() {
        return folder.resolve("authority.pem");
    }

    Path key() {
        return folder.resolve("authority-key.pem");
    }

    /** A certificate for these names, {@code DNS:localhost} say, that is valid. */
    Certificate issue(Path to, String names) {
        return issue(to, names, 2);
    }

    /** The same for a number of days from now, which may be less than none. */
    Certificate issue(Path to, String names, int days) {
        created(to);
        Certificate issued = new Certificate(to.resolve("cert.pem"), to.resolve("key.pem"), to.resolve("both.p12"));
        String name = names.replaceFirst("^[^:]*:", "").replaceFirst(",.*", "");
        issue(issued.certificate(), issued.key(), name, "subjectAltName=" + names, days);
        if (goesAlong) {
            append(issued.certificate(), certificate());
        }
        return issued;
    }

    private void issue(Path certificate, Path privateKey, String name, String extension, int days) {
        String request = certificate + ".csr";
        openssl(List.of(
                List.of("req", "-new", "-nodes", "-subj", "/CN=" + name, "-addext", extension),
                EC,
                List.of("-out", request, "-keyout", privateKey.toString())));
        openssl(List.of(
                List.of("x509", "-req", "-in", request, "-days", String.valueOf(days), "-copy_extensions", "copyall"),
                List.of("-CA", certificate().toString(), "-CAkey", key().toString(), "-CAcreateserial"),
                List.of("-out", certificate.toString())));
    }

    private List<String> output() {
        return List.of("-out", certificate().toString(), "-keyout", key().toString());
    }

    /** Adds to a file what is in another. */
    static void append(Path file, Path more) {
        try {
            Files.writeString(file, Files.readString(file) + Files.readString(more));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path created(Path folder) {
        try {
            return Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void openssl(List<List<String>> arguments) {
        Tools.openssl(arguments.stream().flatMap(List::stream).toArray(String[]::new));
    }
}
