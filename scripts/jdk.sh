# shellcheck shell=sh
# Finding a Java, for ./marline and ./check. Sourced by both; plain sh.

jdk_advice='Marline needs a JDK 17 or newer:'
jdk_advice="$jdk_advice install one (Debian: apt-get install openjdk-17-jdk or openjdk-21-jdk) or set JAVA_HOME"

# die MESSAGE...: one line on stderr, and out.
die() {
    printf '%s\n' "$*" >&2
    exit 1
}

# java_version HOME: prints the feature version (17, 25, ...) of the Java that lives there; fails if none does.
java_version() {
    [ -x "$1/bin/java" ] || return 1
    _pattern='"\(1\.\)\{0,1\}\([0-9][0-9]*\).*'
    # The release file answers at once; starting a JVM to ask it takes ten times longer than all the rest.
    _version=$(sed -n "s/^JAVA_VERSION=$_pattern/\2/p" "$1/release" 2>/dev/null) || :
    [ -n "$_version" ] || _version=$("$1/bin/java" -version 2>&1 | sed -n "s/^.* version $_pattern/\2/p")
    [ -n "$_version" ] && printf '%s\n' "$_version"
}

# java_home_on_path: prints the home of the java on PATH; fails if there is none.
java_home_on_path() {
    _java=$(command -v java) || return 1
    _home=$(readlink -f "$_java" 2>/dev/null) && _home=${_home%/bin/java} || _home=
    # A java that is a wrapper (jenv, asdf, macOS) has no home around it, but knows it.
    [ -f "$_home/lib/modules" ] ||
        _home=$(java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p')
    [ -n "$_home" ] && printf '%s\n' "$_home"
}

# find_java: JAVA_HOME, or else the java on PATH; dies if it is too old.
# Exports JAVA_HOME and sets JAVA_FEATURE, its version.
find_java() {
    if [ -n "${JAVA_HOME:-}" ]; then
        JAVA_FEATURE=$(java_version "$JAVA_HOME") || die "There is no Java in JAVA_HOME ($JAVA_HOME). $jdk_advice"
    else
        JAVA_HOME=$(java_home_on_path) || die "There is no java on PATH. $jdk_advice"
        JAVA_FEATURE=$(java_version "$JAVA_HOME") || die "There is no working java on PATH. $jdk_advice"
    fi
    [ "$JAVA_FEATURE" -ge 17 ] || die "The Java in $JAVA_HOME is version $JAVA_FEATURE. $jdk_advice"
    export JAVA_HOME
}

# need_compiler: after find_java, dies unless it found a whole JDK.
need_compiler() {
    [ -x "$JAVA_HOME/bin/javac" ] || die "The Java in $JAVA_HOME has no compiler (javac). $jdk_advice"
}

# installed_jdk VERSION: prints the home of a JDK of just that version, if there is one where JDKs usually are.
installed_jdk() {
    eval "set -- $1 \"\${JAVA_HOME_$1:-}\" \"\${JAVA_HOME_$1_X64:-}\" \"\${JAVA_HOME_$1_ARM64:-}\""
    _wanted=$1
    shift
    for _home in "$@" /usr/lib/jvm/* "${SDKMAN_DIR:-${HOME:-}/.sdkman}"/candidates/java/* \
        /Library/Java/JavaVirtualMachines/*/Contents/Home; do
        [ -n "$_home" ] && [ -x "$_home/bin/javac" ] || continue
        [ "$(java_version "$_home")" = "$_wanted" ] || continue
        printf '%s\n' "$_home"
        return
    done
    return 1
}
