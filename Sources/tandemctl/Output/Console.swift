import Foundation

/// Where commands write: results to standard output, complaints to standard error; colour on terminals only.
enum Console {
    enum Colour: String {
        case bold = "1"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case dim = "2"
    }

    private static let isColoured =
        isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
        && ProcessInfo.processInfo.environment["TERM"] != "dumb"

    static func say(_ text: String) {
        do { try FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8)) } catch {
            // Whoever reads has seen enough (`| head`): what is left to say goes nowhere.
            Foundation.exit(ExitStatus.done.rawValue)
        }
    }

    /// An empty screen.
    static func clear() { steer("\u{1B}[2J") }

    /// Writes lines over what stood there before; what is below them goes.
    static func redraw(_ lines: [String]) {
        steer("\u{1B}[H" + lines.map { $0 + "\u{1B}[K\n" }.joined() + "\u{1B}[J")
    }

    private static func steer(_ text: String) {
        do { try FileHandle.standardOutput.write(contentsOf: Data(text.utf8)) } catch {
            Foundation.exit(ExitStatus.done.rawValue)
        }
    }

    static func complain(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
    }

    static func coloured(_ text: String, _ colour: Colour) -> String {
        isColoured ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }
}
