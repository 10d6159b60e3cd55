package coulis.spark;

/** Why a job cannot go on, in one line, and what its process exits with. */
final class JobException extends Exception {
  static final int FAILED = 1;
  static final int BAD_USAGE = 2;

  private static final long serialVersionUID = 1;

  private final int exitCode;

  private JobException(int exitCode, String message) {
    super(message, null, false, false);
    this.exitCode = exitCode;
  }

  static JobException usage(String message) {
    return new JobException(BAD_USAGE, message);
  }

  static JobException failed(String message) {
    return new JobException(FAILED, message);
  }

  int exitCode() {
    return exitCode;
  }
}
