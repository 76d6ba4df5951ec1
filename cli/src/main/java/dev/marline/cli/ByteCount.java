package dev.marline.cli;

import java.math.BigInteger;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Converts a number of bytes; of one with a unit, the error says the number. */
final class ByteCount implements ITypeConverter<Integer> {
    private static final Pattern WITH_UNIT = Pattern.compile("(\\d{1,9}) ?([kmg])(i?)b?");

    @Override
    public Integer convert(String text) {
        try {
            return Integer.valueOf(text);
        } catch (NumberFormatException e) {
            Matcher parts = WITH_UNIT.matcher(text.toLowerCase(Locale.ROOT));
            throw new TypeConversionException("'" + text + "' is not a number of bytes"
                    + (parts.matches() ? ", did you mean " + bytes(parts) + "?" : ", expected 0 to 2147483647"));
        }
    }

    private static BigInteger bytes(Matcher parts) {
        BigInteger unit = BigInteger.valueOf(parts.group(3).isEmpty() ? 1000 : 1024);
        return new BigInteger(parts.group(1)).multiply(unit.pow("kmg".indexOf(parts.group(2)) + 1));
    }
}
