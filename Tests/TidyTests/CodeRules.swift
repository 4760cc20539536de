/// What code may not contain.
enum CodeRules {
    static let lineLimit = 400
    /// A proof stands at most so many lines above what it proves.
    private static let proofDistance = 12

    /// Ambient things in pure code: time, tasks, randomness without a seed, output.
    static func ambient(in file: ProjectFile) -> [Finding] {
        let banned: [(Regex<Substring>, String)] = [
            (/\bDate\s*\(|\bDate\.now\b/, "Date"),
            (/\b(?:Continuous|Suspending)Clock\b|\bDispatchTime\b|\bclock_gettime\b/, "a clock"),
            (/[Cc]lock\s*(?:\(\))?\.now\b/, "the time of a clock"),
            (/\bTask\b|\bwithTaskGroup\b|\bTaskGroup\b/, "Task"),
            (/\basync\b|\bawait\b/, "async"),
            (/\bactor\b/, "actor"),
            (/\bSystemRandomNumberGenerator\b/, "SystemRandomNumberGenerator"),
            (/\.hashValue\b|\bHasher\s*\(/, "a hash that differs in each process"),
            (/\b(?:print|debugPrint|dump|readLine)\s*\(/, "output"),
        ]
        let lines = file.codeLines.enumerated().flatMap { index, line in
            banned.filter { line.contains($0.0) }.map { Finding(file.path, index + 1, "pure code may not use \($0.1)") }
        }
        return lines + unseeded(in: file)
    }

    /// Random calls that do not say `using:`; the call may span lines.
    private static func unseeded(in file: ProjectFile) -> [Finding] {
        let code = file.code
        return code.matches(of: /\.(?:random|shuffled?|randomElement)\s*\(/).compactMap { match in
            var depth = 1
            let rest = code[match.range.upperBound...]
            let arguments = rest.prefix { character in
                if character == "(" { depth += 1 }
                if character == ")" { depth -= 1 }
                return depth > 0
            }
            if arguments.contains("using:") { return nil }
            let line = code[..<match.range.lowerBound].count { $0 == "\n" } + 1
            return Finding(file.path, line, "pure code draws from a seeded generator: say using:")
        }
    }

    /// Ways around the compiler's checks.
    static func unsafe(in file: ProjectFile) -> [Finding] {
        let banned: [(Regex<Substring>, String)] = [
            (/\btry!/, "try!"), (/\bas!/, "as!"), (/\bnonisolated\s*\(\s*unsafe\s*\)/, "nonisolated(unsafe)"),
        ]
        return file.codeLines.enumerated().flatMap { index, line in
            banned.filter { line.contains($0.0) }.map { Finding(file.path, index + 1, "\($0.1) is not allowed") }
        }
    }

    /// `@unchecked Sendable` without a word on why it is safe.
    static func unproven(in file: ProjectFile) -> [Finding] {
        let lines = file.lines
        return file.codeLines.enumerated().compactMap { index, line in
            guard line.contains(/@unchecked\s+Sendable/) else { return nil }
            let above = lines[max(0, index - proofDistance)...index]
            let isProven = above.contains { $0.contains(/\/\/.*\bProof\b/) }
            return isProven ? nil : Finding(file.path, index + 1, "@unchecked Sendable without a // Proof: comment")
        }
    }

    /// Work that was left for later belongs into an issue.
    static func leftovers(in file: ProjectFile) -> [Finding] {
        file.lines.enumerated().compactMap { index, line in
            line.contains(/\b(?:TODO|FIXME|XXX)\b/) ? Finding(file.path, index + 1, "left for later") : nil
        }
    }

    static func overlong(_ file: ProjectFile) -> [Finding] {
        let count = file.lines.count - (file.text.hasSuffix("\n") ? 1 : 0)
        return count > lineLimit ? [Finding(file.path, 0, "\(count) lines, the limit is \(lineLimit)")] : []
    }

    /// Places of one machine; written in pieces, so that this file does not break its own rule.
    static func machinePaths(in file: ProjectFile) -> [Finding] {
        let folders = ["work", "home", "root", "Users", "tmp", "var/folders"].map { "/\($0)/" }
        return file.lines.enumerated().flatMap { index, line in
            folders.filter { startsPath($0, in: line) }
                .map { Finding(file.path, index + 1, "the path of a machine, \($0)") }
        }
    }

    /// True where `folder` begins an absolute path, not the middle of a relative one or of an address.
    private static func startsPath(_ folder: String, in line: Substring) -> Bool {
        line.ranges(of: folder).contains { range in
            guard range.lowerBound > line.startIndex else { return true }
            let before = line[line.index(before: range.lowerBound)]
            return !(before.isLetter || before.isNumber || "._-}*~".contains(before))
        }
    }
}
