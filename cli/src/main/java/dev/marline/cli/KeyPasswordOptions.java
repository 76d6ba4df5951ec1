package dev.marline.cli;

import dev.marline.WebSocketException;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The password of a private key, which does not stand on the command line: there, everybody on the machine can read it. */
final class KeyPasswordOptions {
    @Option(
            names = "--key-password",
            interactive = true,
            prompt = "Password of the private key: ",
            description = "Ask for the password of the private key.")
    private char @Nullable [] asked;

    @Option(
            names = "--key-password-file",
            paramLabel = "FILE",
            description = "The first line of this file is the password of the private key.")
    private @Nullable Path file;

    /** Null for a key that is not encrypted. */
    @Nullable
    String password() {
        if (asked != null && file != null) {
            throw new IllegalArgumentException("--key-password and --key-password-file do not go together: give one");
        }
        if (file == null) {
            return asked == null ? null : new String(asked);
        }
        try {
            List<String> lines = Files.readAllLines(file);
            if (lines.isEmpty()) {
                throw new WebSocketException("password file " + file + " is empty");
            }
            return lines.get(0);
        } catch (MalformedInputException e) {
            throw new WebSocketException("password file " + file + " is not UTF-8", e);
        } catch (IOException e) {
            throw new WebSocketException("password file " + file + " does not exist or cannot be read", e);
        }
    }
}
