import Testing

/// House rules of code; each rule is also shown to bite on planted text.
@Suite struct CodeRuleTests {
    private static let project = Project.shared

    private static func findings(_ files: [ProjectFile], _ rule: (ProjectFile) -> [Finding]) -> [Finding] {
        files.flatMap(rule)
    }

    @Test func `pure targets use nothing ambient`() {
        let pure = Self.project.sources.filter { $0.target.map(ImportTable.pure.contains) ?? false }
        #expect(pure.count > 20)
        let findings = Self.findings(pure, CodeRules.ambient)
        #expect(findings.isEmpty, "\(findings.report)")
    }

    @Test func `no source goes around the compiler's checks`() {
        let findings = Self.findings(Self.project.sources, CodeRules.unsafe)
        #expect(findings.isEmpty, "\(findings.report)")
    }

    @Test func `every unchecked Sendable has its proof beside it`() {
        let findings = Self.findings(Self.project.swift.filter { !isOwn($0) }, CodeRules.unproven)
        #expect(findings.isEmpty, "\(findings.report)")
    }

    @Test func `nothing in Sources is left for later`() {
        let findings = Self.findings(Self.project.sources, CodeRules.leftovers)
        #expect(findings.isEmpty, "\(findings.report)")
    }

    @Test func `files have at most 400 lines`() {
        let findings = Self.findings(Self.project.swift, CodeRules.overlong)
        #expect(findings.isEmpty, "\(findings.report)")
    }

    @Test func `no file names a place of one machine`() {
        let findings = Self.findings(Self.project.files.filter { !isOwn($0) }, CodeRules.machinePaths)
        #expect(findings.isEmpty, "\(findings.report)")
    }

    // MARK: each rule bites

    @Test(arguments: [
        "let now = Date()", "let now = ContinuousClock()", "let now = clock.now", "Task { }", "func f() async {}",
        "let n = Int.random(in: 0...9)", "list.shuffle()", "let some = list.shuffled(\n)", "print(1)", "dump(x)",
        "var g = SystemRandomNumberGenerator()", "let one = list.randomElement()", "let hash = text.hashValue",
        "let text = \"\\(Date())\"",
    ])
    func `a planted ambient use is found`(line: String) {
        let file = ProjectFile("Sources/Routing/Planted.swift", "let first = 1\n\(line)\n")
        #expect(CodeRules.ambient(in: file).map(\.line) == [2])
    }

    @Test(arguments: [
        "let now = context.now", "// Task, async and print( in a comment", "let text = \"print(Date())\"",
        "let n = Int.random(\n    in: 0...9,\n    using: &random)", "let tasks = TaskList.empty",
        "let time = state.now",
        "let text = #\"a \" print(1)\"#", "let text = \"\"\"\n    await print(1)\n    \"\"\"", "/* /* Task */ await */",
    ])
    func `what only looks ambient is no finding`(line: String) {
        #expect(CodeRules.ambient(in: ProjectFile("Sources/Routing/Fine.swift", line)) == [])
    }

    @Test(arguments: ["let a = try! f()", "let b = c as! D", "nonisolated(unsafe) var e = 1"])
    func `a planted way around a check is found`(line: String) {
        #expect(CodeRules.unsafe(in: ProjectFile("Sources/Cluster/Planted.swift", line)).count == 1)
        #expect(CodeRules.unsafe(in: ProjectFile("Sources/Cluster/Fine.swift", "// \(line)\nlet f = try? g()")) == [])
    }

    @Test func `an unchecked Sendable needs a proof near by`() {
        let type = "final class A: @unchecked Sendable {}\n"
        let far = "// Proof: far away\n" + String(repeating: "\n", count: 20) + type
        #expect(CodeRules.unproven(in: ProjectFile("Sources/A.swift", type)).count == 1)
        #expect(CodeRules.unproven(in: ProjectFile("Sources/A.swift", far)).count == 1)
        #expect(CodeRules.unproven(in: ProjectFile("Sources/A.swift", "/// Proof: one thread.\n" + type)) == [])
    }

    @Test func `planted leftovers, length and paths are found`() {
        let word = "TO" + "DO"
        #expect(CodeRules.leftovers(in: ProjectFile("Sources/A.swift", "// \(word): later")).count == 1)
        let long = String(repeating: "\n", count: 401)
        #expect(CodeRules.overlong(ProjectFile("Sources/A.swift", long)).count == 1)
        #expect(CodeRules.overlong(ProjectFile("Sources/A.swift", String(long.dropLast()))) == [])
        let path = "/" + "home" + "/somebody"
        #expect(CodeRules.machinePaths(in: ProjectFile("docs/a.md", "see \(path)/x")).count == 1)
        #expect(CodeRules.machinePaths(in: ProjectFile("docs/a.md", "see docs\(path)/x")) == [])
    }

    /// The planted texts above.
    private func isOwn(_ file: ProjectFile) -> Bool { file.path.hasPrefix("Tests/TidyTests/") }
}
